import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

import type { Credential, CredentialProvider } from './credentials.ts';
import { isJsonObject, member, parseJson } from './json.ts';
import type { JsonObject } from './json.ts';
import { DOCKER_HUB } from './reference.ts';

const CONFIG_LIMIT = 4 * 1024 * 1024;
const HUB_KEYS = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'];

/**
 * The `auths` of docker's config.json (DOCKER_CONFIG, or ~/.docker), read anew for each registry that is asked about. A key
 * may hold a path: then it counts for repositories below it, the longest first.
 */
export function dockerConfigCredentials(environment: Readonly<Record<string, string | undefined>>): CredentialProvider {
  const directory = environment['DOCKER_CONFIG'] ?? join(environment['HOME'] ?? homedir(), '.docker');
  const path = join(directory, 'config.json');
  return async ({ registry, repository }) => {
    const auths = await readAuths(path);
    for (const key of keysFor(registry, repository)) {
      const entry = findEntry(auths, key);
      const credential = entry === undefined ? undefined : credentialOf(entry, path);
      if (credential !== undefined) return credential;
    }
    return undefined;
  };
}

async function readAuths(path: string): Promise<JsonObject> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch {
    // No config: nobody logged in with docker on this machine.
    return {};
  }
  const config = bytes.byteLength > CONFIG_LIMIT ? undefined : parseJson(bytes);
  const auths = isJsonObject(config) ? member(config, 'auths') : undefined;
  return isJsonObject(auths) ? auths : {};
}

/** registry/path/name, registry/path, registry: the most specific first. */
function keysFor(registry: string, repository: string): string[] {
  const parts = repository.split('/').filter((part) => part !== '');
  const prefixes = parts.map((_, index) => `${registry}/${parts.slice(0, parts.length - index).join('/')}`);
  return [...prefixes, ...(registry === DOCKER_HUB ? HUB_KEYS : [registry])];
}

function findEntry(auths: JsonObject, key: string): JsonObject | undefined {
  const normal = (text: string) => text.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
  const found = Object.keys(auths).find((each) => each === key || normal(each) === normal(key));
  const entry = found === undefined ? undefined : member(auths, found);
  return isJsonObject(entry) ? entry : undefined;
}

function credentialOf(entry: JsonObject, path: string): Credential | undefined {
  const origin = path;
  const text = (key: string): string => {
    const value = member(entry, key);
    return typeof value === 'string' ? value : '';
  };
  if (text('identitytoken') !== '') return { kind: 'identity-token', token: text('identitytoken'), origin };
  if (text('registrytoken') !== '') return { kind: 'registry-token', token: text('registrytoken'), origin };
  const [username, password] = text('auth') === '' ? [text('username'), text('password')] : decodeAuth(text('auth'));
  return username === '' ? undefined : { kind: 'basic', username, password, origin };
}

function decodeAuth(auth: string): [username: string, password: string] {
  const decoded = Buffer.from(auth, 'base64').toString('utf8').replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  return colon < 0 ? ['', ''] : [decoded.slice(0, colon), decoded.slice(colon + 1)];
}
