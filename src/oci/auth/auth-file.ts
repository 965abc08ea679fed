import { readFile } from 'node:fs/promises';

import { AirgapError } from '../../base/errors.ts';
import type { Credential } from './credentials.ts';
import { ociError } from '../errors.ts';
import { isRecord, member, parseJson } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { DOCKER_HUB } from '../reference.ts';

const FILE_LIMIT = 4 * 1024 * 1024;
const HUB_KEYS = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'];

/** docker's config.json, or podman's auth.json, which has the same format. */
export interface AuthFile {
  /** The file's path or the variable's name, for messages. */
  readonly origin: string;
  readonly content: JsonRecord;
}

/**
 * Reads a file with logins; undefined if it does not exist or is empty.
 * @throws oci.auth-file-unreadable
 */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    const reason = code === 'EACCES' ? 'permission denied' : error instanceof Error ? error.message : String(error);
    throw ociError('auth-file-unreadable', { file: path, reason }, error);
  }
  return parseAuthFile(bytes, path);
}

/** @throws oci.auth-file-unreadable, which does not quote the content, because it may contain passwords */
export function parseAuthFile(bytes: Uint8Array, origin: string): AuthFile | undefined {
  const unreadable = (reason: string) => ociError('auth-file-unreadable', { file: origin, reason });
  if (bytes.byteLength > FILE_LIMIT) throw unreadable(`it has more than ${FILE_LIMIT} bytes`);
  if (bytes.every((byte) => WHITE_SPACE.has(byte))) return undefined;
  const content = parseJson(bytes);
  if (content === undefined) throw unreadable('it is not JSON in UTF-8');
  if (!isRecord(content)) throw unreadable('it does not hold a JSON object');
  return { origin, content };
}

const WHITE_SPACE = new Set(Buffer.from(' \t\r\n'));

/** Reports each unreadable file once, for callers that continue without it. */
export function warnAboutAuthFiles(report: (problem: string) => void): (problem: unknown) => void {
  const reported = new Set<string>();
  return (problem) => {
    if (!(problem instanceof AirgapError) || problem.code !== 'oci.auth-file-unreadable') return;
    if (reported.has(problem.message)) return;
    reported.add(problem.message);
    report(problem.message);
  };
}

/**
 * The entry of `auths` for a repository. A key may contain a path and then applies to the repositories below it; the
 * longest key wins.
 */
export function authsEntry(file: AuthFile, registry: string, repository: string): Credential | undefined {
  const auths = objectOf(file, 'auths');
  for (const key of keysFor(registry, repository)) {
    const entry = findEntry(auths, key);
    const credential = isRecord(entry) ? credentialOf(entry, file.origin) : undefined;
    if (credential !== undefined) return credential;
  }
  return undefined;
}

/** The name of the credential helper for a registry; `credHelpers` takes precedence over `credsStore`. */
export function helperName(file: AuthFile, registry: string): string | undefined {
  const own = objectOf(file, 'credHelpers');
  const keys = registry === DOCKER_HUB ? HUB_KEYS : [registry];
  const names = [...keys.map((key) => findEntry(own, key)), member(file.content, 'credsStore')];
  return names.find((name): name is string => typeof name === 'string' && name !== '');
}

function objectOf({ content }: AuthFile, key: string): JsonRecord {
  const value = member(content, key);
  return isRecord(value) ? value : {};
}

/** registry/path/name, registry/path, registry: the most specific first. */
function keysFor(registry: string, repository: string): string[] {
  const parts = repository.split('/').filter((part) => part !== '');
  const prefixes = parts.map((_, index) => `${registry}/${parts.slice(0, parts.length - index).join('/')}`);
  return [...prefixes, ...(registry === DOCKER_HUB ? HUB_KEYS : [registry])];
}

function findEntry(entries: JsonRecord, key: string): unknown {
  const normal = (text: string) => text.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
  const found = Object.keys(entries).find((each) => each === key || normal(each) === normal(key));
  return found === undefined ? undefined : member(entries, found);
}

function credentialOf(entry: JsonRecord, origin: string): Credential | undefined {
  const text = (key: string): string => {
    const value = member(entry, key);
    return typeof value === 'string' ? value : '';
  };
  const [username, password] = text('auth') === '' ? [text('username'), text('password')] : decodeAuth(text('auth'));
  if (text('identitytoken') !== '') return { kind: 'identity-token', token: text('identitytoken'), username, origin };
  if (text('registrytoken') !== '') return { kind: 'registry-token', token: text('registrytoken'), origin };
  return username === '' ? undefined : { kind: 'basic', username, password, origin };
}

function decodeAuth(auth: string): [username: string, password: string] {
  const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  return colon < 0 ? ['', ''] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
}
