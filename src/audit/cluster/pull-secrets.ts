import { array, parseJson, record, text, textMap } from '../../base/json.ts';
import type { Repository } from '../../oci/reference.ts';
import { DOCKER_HUB } from '../../oci/reference.ts';
import { globToRegExp } from '../../oci/auth/environment-keychain.ts';

/** The types of Secrets with credentials for registries. */
export const PULL_SECRET_TYPES = ['kubernetes.io/dockerconfigjson', 'kubernetes.io/dockercfg'] as const;

/** For which registries each pull secret of a cluster is, and which of them ServiceAccounts add to pods. Contains no credentials. */
export class PullSecrets {
  readonly #keys = new Map<string, readonly string[]>();
  readonly #accounts = new Map<string, readonly string[]>();
  /** Namespaces, or `*`, whose Secrets or ServiceAccounts are unknown because this user may not list them. */
  knowsSecrets = true;
  knowsAccounts = true;

  addSecret(value: unknown): void {
    const object = record(value);
    const data = textMap(object['data']);
    const whole = data['.dockerconfigjson'];
    const old = data['.dockercfg'];
    const decoded = parseJson(Buffer.from(whole ?? old ?? '', 'base64'));
    const auths = whole === undefined ? record(decoded) : record(record(decoded)['auths']);
    this.#keys.set(nameOf(object), Object.keys(auths));
  }

  addAccount(value: unknown): void {
    const object = record(value);
    const names = array(object['imagePullSecrets']).map((each) => text(record(each)['name']));
    this.#accounts.set(
      nameOf(object),
      names.filter((name) => name !== undefined),
    );
  }

  /** The pull secrets that a ServiceAccount adds to pods. */
  ofAccount(namespace: string, account: string): readonly string[] {
    return this.#accounts.get(`${namespace}/${account}`) ?? [];
  }

  /** The registries, with paths and patterns, that a Secret has credentials for; undefined if it does not exist. */
  registriesOf(namespace: string, name: string): readonly string[] | undefined {
    return this.#keys.get(`${namespace}/${name}`);
  }
}

function nameOf(object: Readonly<Record<string, unknown>>): string {
  const metadata = record(object['metadata']);
  return `${text(metadata['namespace']) ?? ''}/${text(metadata['name']) ?? ''}`;
}

/**
 * Whether the kubelet uses a key of `auths` for a repository (Kubernetes docs, "Interpretation of config.json"): `*`
 * matches within one label of the host, the ports must be equal, and a path is a prefix.
 */
export function isKeyFor(key: string, { registry, path }: Repository): boolean {
  const [host = '', ...rest] = key
    .replace(/^https?:\/\//, '')
    .replace(/\/v[12]\/?$/, '')
    .split('/');
  const prefix = rest.join('/').replace(/\/+$/, '');
  return isHostFor(dockerHubName(host), registry) && path.startsWith(prefix);
}

function isHostFor(pattern: string, registry: string): boolean {
  const [patternHost = '', patternPort = ''] = splitPort(pattern);
  const [host = '', port = ''] = splitPort(registry);
  const labels = host.split('.');
  const patterns = patternHost.split('.');
  if (patternPort !== port || labels.length !== patterns.length) return false;
  return patterns.every((each, index) => globToRegExp(each)?.test(labels[index] ?? '') === true);
}

function splitPort(host: string): string[] {
  return /^(.*?)(?::([0-9]+))?$/.exec(host)?.slice(1) ?? [];
}

function dockerHubName(host: string): string {
  return host === 'docker.io' || host === 'registry-1.docker.io' ? DOCKER_HUB : host;
}
