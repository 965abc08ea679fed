import { isAbsolute, resolve } from 'node:path';
import { defined, isRecord, record, text } from '../packaging/json.ts';

/** One cluster of a kubeconfig. Paths are absolute. */
export interface ClusterEntry {
  readonly name: string;
  readonly server: string;
  /** Base64 of PEM. */
  readonly caData?: string;
  readonly caFile?: string;
  readonly tlsServerName?: string;
  readonly proxyUrl?: string;
  readonly skipTlsVerify: boolean;
  /** For a login program that asks to know its cluster: `extensions`, the entry client.authentication.k8s.io/exec. */
  readonly execConfig?: unknown;
}

/** One user of a kubeconfig. Holds credentials: never shown, never logged. Paths are absolute. */
export interface UserEntry {
  readonly name: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly certData?: string;
  readonly certFile?: string;
  readonly keyData?: string;
  readonly keyFile?: string;
  readonly exec?: ExecEntry;
  readonly authProvider?: { readonly name: string; readonly config: Readonly<Record<string, unknown>> };
  /** Headers for acting as somebody else. */
  readonly impersonation: Readonly<Record<string, string | string[]>>;
}

/** A program that logs in (client.authentication.k8s.io). */
export interface ExecEntry {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly provideClusterInfo: boolean;
  readonly needsTerminal: boolean;
}

export interface ContextEntry {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  readonly namespace?: string;
}

/** Each reader gives undefined for an entry that lacks what it must have. `folder` is the kubeconfig's own. */
export function readCluster(name: string, value: unknown, folder: string): ClusterEntry | undefined {
  const cluster = record(value);
  const server = text(cluster['server']);
  if (server === undefined || !/^https?:\/\/[^/]/.test(server) || !URL.canParse(server)) return undefined;
  return {
    name,
    server: server.replace(/\/+$/, ''),
    skipTlsVerify: cluster['insecure-skip-tls-verify'] === true,
    ...defined({
      caData: text(cluster['certificate-authority-data']),
      caFile: path(cluster['certificate-authority'], folder),
      tlsServerName: text(cluster['tls-server-name']),
      proxyUrl: text(cluster['proxy-url']),
      execConfig: execConfig(cluster['extensions']),
    }),
  };
}

export function readContext(name: string, value: unknown): ContextEntry | undefined {
  const context = record(value);
  const cluster = text(context['cluster']);
  if (cluster === undefined) return undefined;
  return { name, cluster, user: text(context['user']) ?? '', ...defined({ namespace: text(context['namespace']) }) };
}

export function readUser(name: string, value: unknown, folder: string): UserEntry {
  const user = record(value);
  return {
    name,
    impersonation: impersonation(user),
    ...defined({
      token: text(user['token']),
      tokenFile: path(user['tokenFile'], folder),
      username: text(user['username']),
      password: text(user['password']),
      certData: text(user['client-certificate-data']),
      certFile: path(user['client-certificate'], folder),
      keyData: text(user['client-key-data']),
      keyFile: path(user['client-key'], folder),
      exec: readExec(user['exec'], folder),
      authProvider: readAuthProvider(user['auth-provider']),
    }),
  };
}

function readExec(value: unknown, folder: string): ExecEntry | undefined {
  const exec = record(value);
  const command = text(exec['command']);
  if (command === undefined) return undefined;
  const env = (Array.isArray(exec['env']) ? exec['env'] : []).map(record);
  return {
    apiVersion: text(exec['apiVersion']) ?? 'client.authentication.k8s.io/v1',
    // As kubectl: a bare name is looked up in PATH, anything with a separator is relative to the kubeconfig.
    command: /[/\\]/.test(command) && !isAbsolute(command) ? resolve(folder, command) : command,
    args: (Array.isArray(exec['args']) ? exec['args'] : []).filter((arg) => typeof arg === 'string'),
    env: Object.fromEntries(
      env.flatMap((entry) => {
        const key = text(entry['name']);
        return key !== undefined && typeof entry['value'] === 'string' ? [[key, entry['value']]] : [];
      }),
    ),
    provideClusterInfo: exec['provideClusterInfo'] === true,
    needsTerminal: exec['interactiveMode'] === 'Always',
  };
}

function readAuthProvider(value: unknown): UserEntry['authProvider'] {
  const provider = record(value);
  const name = text(provider['name']);
  return name === undefined ? undefined : { name, config: record(provider['config']) };
}

function impersonation(user: Readonly<Record<string, unknown>>): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  const as = text(user['as']);
  if (as === undefined) return headers;
  headers['Impersonate-User'] = as;
  const uid = text(user['as-uid']);
  if (uid !== undefined) headers['Impersonate-Uid'] = uid;
  const groups = texts(user['as-groups']);
  if (groups.length > 0) headers['Impersonate-Group'] = groups;
  for (const [key, values] of Object.entries(record(user['as-user-extra']))) {
    headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = texts(values);
  }
  return headers;
}

function texts(value: unknown): string[] {
  return (Array.isArray(value) ? value : []).filter((entry): entry is string => typeof entry === 'string');
}

function path(value: unknown, folder: string): string | undefined {
  const file = text(value);
  return file === undefined ? undefined : resolve(folder, file);
}

function execConfig(extensions: unknown): unknown {
  const found = (Array.isArray(extensions) ? extensions : [])
    .filter(isRecord)
    .find((entry) => entry['name'] === 'client.authentication.k8s.io/exec');
  return found?.['extension'];
}
