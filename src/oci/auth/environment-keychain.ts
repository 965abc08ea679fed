import type { Credential } from './credentials.ts';
import { ociError } from '../errors.ts';
import { DOCKER_HUB } from '../reference.ts';

/** One credential of the environment, made of the variables with the same suffix. */
interface Entry {
  readonly suffix: string;
  /** host[:port][/path], without scheme; empty if HOSTNAME is missing, which matches nothing */
  hostname: string;
  username: string;
  password: string;
  identityToken: string;
  registryToken: string;
}

const PREFIX = 'IMGPKG_REGISTRY_';
/** Belongs to imgpkg's Azure helper. */
const IGNORED = 'IMGPKG_REGISTRY_AZURE_CR_CONFIG';
const FIELDS = {
  HOSTNAME: 'hostname',
  USERNAME: 'username',
  PASSWORD: 'password',
  IDENTITY_TOKEN: 'identityToken',
  REGISTRY_TOKEN: 'registryToken',
} as const;

/** `anonymous`: an entry matches but has no usable secret; as in imgpkg, it still takes precedence. */
export type KeychainAnswer = Credential | 'anonymous' | undefined;
export type EnvironmentKeychain = (registry: string, repository: string) => KeychainAnswer;

/**
 * imgpkg's variables `IMGPKG_REGISTRY_HOSTNAME[_X]`, `_USERNAME`, `_PASSWORD`, `_IDENTITY_TOKEN` and `_REGISTRY_TOKEN`
 * (its env_keychain.go). A hostname matches if the ports are equal, it has as many labels and each of them matches as a
 * glob, and its path is a prefix; of several, the last in ascending order wins. Unlike in imgpkg, `docker.io` means
 * Docker Hub.
 * @throws oci.unknown-variable, oci.hostname-pattern
 */
export function environmentKeychain(environment: Readonly<Record<string, string | undefined>>): EnvironmentKeychain {
  const entries = [...collect(environment).values()].sort((a, b) => compare(b.hostname, a.hostname));
  const matchers = entries.map((entry) => ({ entry, matches: matcher(entry.hostname) }));
  return (registry, repository) => {
    const found = matchers.find(({ matches }) => matches(registry, `/${repository}`));
    return found === undefined ? undefined : credentialOf(found.entry);
  };
}

function collect(environment: Readonly<Record<string, string | undefined>>): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || !name.startsWith(PREFIX) || name === IGNORED) continue;
    const rest = name.slice(PREFIX.length);
    const key = (Object.keys(FIELDS) as (keyof typeof FIELDS)[]).find(
      (each) => rest === each || rest.startsWith(`${each}_`),
    );
    if (key === undefined) throw ociError('unknown-variable', { name });
    const suffix = rest.slice(key.length);
    const entry = entries.get(suffix) ?? newEntry(suffix);
    entry[FIELDS[key]] = key === 'HOSTNAME' ? hostnameOf(value) : value;
    entries.set(suffix, entry);
  }
  return entries;
}

function newEntry(suffix: string): Entry {
  return { suffix, hostname: '', username: '', password: '', identityToken: '', registryToken: '' };
}

/** Removes the scheme, and the `/v2/` that docker's configuration files contain. */
function hostnameOf(value: string): string {
  const [, host = '', path = ''] = /^(?:https?:\/\/)?([^/]*)(.*)$/s.exec(value) ?? [];
  const own = /^\/v[12]\//.test(path) ? path.slice(3) : path;
  return own === '/' ? host : host + own;
}

function matcher(hostname: string): (registry: string, path: string) => boolean {
  const [, authority = '', path = ''] = /^([^/]*)(.*)$/s.exec(hostname) ?? [];
  const own = splitHost(authority === 'docker.io' ? DOCKER_HUB : authority);
  const labels = own.labels.map((label) => {
    const pattern = globToRegExp(label);
    if (pattern === undefined) throw ociError('hostname-pattern', { hostname });
    return pattern;
  });
  return (registry, repositoryPath) => {
    const target = splitHost(registry);
    if (target.port !== own.port || target.labels.length !== labels.length) return false;
    return repositoryPath.startsWith(path) && labels.every((label, index) => label.test(target.labels[index] ?? ''));
  };
}

function splitHost(authority: string): { labels: string[]; port: string } {
  const [, host = '', port = ''] = /^(.*?)(?::(\d*))?$/s.exec(authority) ?? [];
  return { labels: host.split('.'), port };
}

function credentialOf(entry: Entry): Credential | 'anonymous' {
  const { suffix, username, password, identityToken, registryToken } = entry;
  const origin = `${PREFIX}HOSTNAME${suffix}`;
  if (registryToken !== '') return { kind: 'registry-token', token: registryToken, origin };
  if (identityToken !== '') return { kind: 'identity-token', token: identityToken, origin };
  if (username !== '' && password !== '') return { kind: 'basic', username, password, origin };
  return 'anonymous';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Converts a pattern of Go's filepath.Match for a single name: `*` and `?` never match a slash, `[a-z]` and `[^a-z]`
 * match one character, and a backslash escapes the next one. Undefined if the pattern is malformed.
 */
export function globToRegExp(glob: string): RegExp | undefined {
  let source = '';
  for (let index = 0; index < glob.length; index++) {
    const character = glob[index] ?? '';
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (character === '[') {
      const [set] = /^\[\^?(?:\\.|[^\\\]])+\]/s.exec(glob.slice(index)) ?? [];
      if (set === undefined) return undefined;
      source += set;
      index += set.length - 1;
    } else if (character === '\\') {
      const next = glob[++index];
      if (next === undefined) return undefined;
      source += escape(next);
    } else source += escape(character);
  }
  try {
    return new RegExp(`^${source}$`, 's');
  } catch {
    return undefined;
  }
}

function escape(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}
