import { dirname, isAbsolute, resolve } from 'node:path';
import type { Cluster, Context, User } from '@kubernetes/client-node';
import { printable } from '../base/printable.ts';
import { array, defined, isRecord, record } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';

// The entries are those of @kubernetes/client-node, but read by our own code. The library (2.0.1) drops `tokenFile`,
// `as-uid`, `as-groups`, `as-user-extra` and `extensions`, passes on values of the wrong type (`server: 123` throws a
// TypeError, `token: 0123` is sent as 83), leaves paths of login programs relative to the working folder, and either
// rejects a file because of one entry or drops the entry without saying so.

/** One cluster of a kubeconfig. Paths are absolute; the server is a URL without credentials, query or trailing slash. */
export interface ClusterEntry extends Cluster {
  /** Credentials from the server's URL. */
  readonly serverUser?: { readonly username: string; readonly password: string };
  /**
   * For a login program that requests information about its cluster: the entry client.authentication.k8s.io/exec of
   * `extensions`.
   */
  readonly execConfig?: unknown;
}

/** One user of a kubeconfig. Contains credentials: must never be shown or logged. Paths are absolute. */
export interface UserEntry extends User {
  /** The kubeconfig that defines the user. */
  readonly file: string;
  readonly tokenFile?: string;
  readonly exec?: ExecEntry;
  readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, unknown>> };
  /** Headers for impersonating another user. */
  readonly impersonation: Readonly<Record<string, string | string[]>>;
}

/** A login program (client.authentication.k8s.io). */
export interface ExecEntry {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly provideClusterInfo: boolean;
  readonly needsTerminal: boolean;
  /** How to install the program, in the words of the kubeconfig's author; may be empty. */
  readonly installHint: string;
}

/** Why an entry cannot be used. The message never quotes a value that may be secret. */
export class EntryError extends Error {
  override readonly name = 'EntryError';
}

/** Each reader throws EntryError if kubectl would reject the file. `folder` contains the kubeconfig. */
export function readCluster(name: string, cluster: JsonRecord, folder: string): ClusterEntry {
  const proxyUrl = string(cluster, 'proxy-url');
  if (proxyUrl !== undefined && (!/^(https?|socks5h?):\/\/[^/]/i.test(proxyUrl) || !URL.canParse(proxyUrl))) {
    throw new EntryError('proxy-url is not a URL that begins with http://, https:// or socks5://');
  }
  return {
    name,
    ...readServer(string(cluster, 'server')),
    skipTLSVerify: flag(cluster, 'insecure-skip-tls-verify'),
    ...defined({
      caData: base64(cluster, 'certificate-authority-data'),
      caFile: path(cluster, 'certificate-authority', folder),
      tlsServerName: string(cluster, 'tls-server-name'),
      proxyUrl: proxyUrl?.replace(/^[^:]+/, (scheme) => scheme.toLowerCase()),
      execConfig: execConfig(cluster['extensions']),
    }),
  };
}

/** As client-go's DefaultServerURL: a value without a scheme is a host reached over http. */
function readServer(written: string | undefined): Pick<ClusterEntry, 'server' | 'serverUser'> {
  if (written === undefined) throw new EntryError('it has no server');
  const hasScheme = /^[a-z][a-z\d+.-]*:\/\/[^/]/i.test(written);
  const full = hasScheme ? written : `http://${written}`;
  if (!/^https?:/i.test(full)) throw new EntryError('its server begins with neither https:// nor http://');
  if (/\s/.test(full) || !URL.canParse(full)) throw new EntryError('its server is neither a URL nor host:port');
  const url = new URL(full);
  if (!hasScheme && url.pathname !== '/') throw new EntryError('its server has a path and needs https:// before it');
  const { username, password } = url;
  const server = full
    .replace(/^https?/i, (scheme) => scheme.toLowerCase())
    .replace(/^(https?:\/\/)[^/?#]*@/, '$1')
    .replace(/[?#].*$/s, '')
    .replace(/\/+$/, '');
  if (username === '') return { server };
  return { server, serverUser: { username: percentDecoded(username), password: percentDecoded(password) } };
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function readContext(name: string, context: JsonRecord): Context {
  return {
    name,
    cluster: string(context, 'cluster') ?? '',
    user: string(context, 'user') ?? '',
    ...defined({ namespace: string(context, 'namespace') }),
  };
}

export function readUser(name: string, user: JsonRecord, file: string): UserEntry {
  const folder = dirname(file);
  return {
    name,
    file,
    impersonation: impersonation(user),
    ...defined({
      token: string(user, 'token'),
      tokenFile: path(user, 'tokenFile', folder),
      username: string(user, 'username'),
      password: string(user, 'password'),
      certData: base64(user, 'client-certificate-data'),
      certFile: path(user, 'client-certificate', folder),
      keyData: base64(user, 'client-key-data'),
      keyFile: path(user, 'client-key', folder),
      exec: readExec(mapping(user, 'exec'), folder),
      authProvider: readAuthProvider(mapping(user, 'auth-provider')),
    }),
  };
}

function readExec(exec: JsonRecord | undefined, folder: string): ExecEntry | undefined {
  if (exec === undefined) return undefined;
  const command = string(exec, 'command');
  if (command === undefined) throw new EntryError('exec has no command');
  const env = list(exec, 'env').map(record);
  return {
    apiVersion: string(exec, 'apiVersion') ?? 'client.authentication.k8s.io/v1',
    // As kubectl: a bare name is looked up in PATH, a path with a separator is relative to the kubeconfig.
    command: /[/\\]/.test(command) && !isAbsolute(command) ? resolve(folder, command) : command,
    args: texts(exec, 'args'),
    env: Object.fromEntries(
      env.flatMap((entry) => {
        const key = string(entry, 'name');
        return key !== undefined && typeof entry['value'] === 'string' ? [[key, entry['value']]] : [];
      }),
    ),
    provideClusterInfo: exec['provideClusterInfo'] === true,
    needsTerminal: exec['interactiveMode'] === 'Always',
    installHint: printable((string(exec, 'installHint') ?? '').replace(/\s+/g, ' ').trim(), 1000),
  };
}

function readAuthProvider(provider: JsonRecord | undefined): UserEntry['authProvider'] {
  const name = provider && string(provider, 'name');
  return provider === undefined || name === undefined ? undefined : { name, config: mapping(provider, 'config') ?? {} };
}

function impersonation(user: JsonRecord): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const as = string(user, 'as');
  if (as === undefined) return headers;
  headers['Impersonate-User'] = as;
  const uid = string(user, 'as-uid');
  if (uid !== undefined) headers['Impersonate-Uid'] = uid;
  const groups = texts(user, 'as-groups');
  if (groups.length > 0) headers['Impersonate-Group'] = groups;
  const extra = mapping(user, 'as-user-extra') ?? {};
  for (const key of Object.keys(extra)) headers[`Impersonate-Extra-${headerKey(key)}`] = texts(extra, key);
  return headers;
}

/** As client-go's headerKeyEscape: characters not allowed in a header name are percent-encoded. */
function headerKey(key: string): string {
  return encodeURIComponent(key).replace(/[()]/g, (character) => `%${character.charCodeAt(0).toString(16)}`);
}

function texts(entry: JsonRecord, field: string): string[] {
  const values = list(entry, field);
  if (values.every((value) => typeof value === 'string')) return [...values];
  throw new EntryError(`${field} is not a list of texts`);
}

function list(entry: JsonRecord, field: string): readonly unknown[] {
  const value = entry[field] ?? [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw new EntryError(`${field} is not a list`);
}

/** A mapping; undefined if the field is missing. */
export function mapping(entry: JsonRecord, field: string): JsonRecord | undefined {
  const value = entry[field] ?? undefined;
  if (value === undefined || isRecord(value)) return value;
  throw new EntryError(`${field} is not a mapping`);
}

/** A non-empty string; undefined if the field is missing or empty. */
function string(entry: JsonRecord, field: string): string | undefined {
  const value = entry[field] ?? '';
  if (typeof value !== 'string') throw new EntryError(`${field} is not a text: put it in quotation marks`);
  return value === '' ? undefined : value;
}

function flag(entry: JsonRecord, field: string): boolean {
  const value = entry[field] ?? false;
  if (typeof value !== 'boolean')
    throw new EntryError(`${field} is neither true nor false: remove its quotation marks`);
  return value;
}

function base64(entry: JsonRecord, field: string): string | undefined {
  const value = string(entry, field)?.replace(/[\r\n]/g, '');
  if (value === undefined || (/^[A-Za-z\d+/]+={0,2}$/.test(value) && value.length % 4 === 0)) return value;
  throw new EntryError(`${field} is not Base64`);
}

function path(entry: JsonRecord, field: string, folder: string): string | undefined {
  const file = string(entry, field);
  return file === undefined ? undefined : resolve(folder, file);
}

function execConfig(extensions: unknown): unknown {
  const found = array(extensions)
    .filter(isRecord)
    .find((entry) => entry['name'] === 'client.authentication.k8s.io/exec');
  return found?.['extension'];
}
