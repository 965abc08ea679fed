import { stringify } from 'yaml';

/** A registry credential for kapp-controller. */
export interface PullSecret {
  readonly namespace: string;
  readonly name: string;
  /** host[:port] as in the image references. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
  /**
   * The namespaces to which secretgen-controller exports it; `*` is all of them (secretgen-controller docs,
   * "SecretExport").
   */
  readonly exportTo?: readonly string[];
}

export interface SecretObject {
  readonly apiVersion: string;
  readonly kind: 'Secret' | 'SecretExport';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly [field: string]: unknown;
}

const SECRET_TYPE = 'kubernetes.io/dockerconfigjson';
const MASK = '********';

/** The objects to apply, the Secret first. Contains the password. */
export function pullSecretObjects(secret: PullSecret): readonly SecretObject[] {
  // `data`, because stringData does not work well with server-side apply (Kubernetes docs, "Secrets").
  const data = { '.dockerconfigjson': Buffer.from(dockerConfig(secret, secret.password)).toString('base64') };
  return objects(secret, { data });
}

/** YAML of the objects for display, with the password masked. */
export function pullSecretYaml(secret: PullSecret): string {
  const shown = objects(secret, { stringData: { '.dockerconfigjson': dockerConfig(secret, MASK) } });
  return shown.map((object) => stringify(object, { lineWidth: 0, compat: 'yaml-1.1' })).join('---\n');
}

function objects(secret: PullSecret, content: object): readonly SecretObject[] {
  const { name, namespace, exportTo } = secret;
  const metadata = { name, namespace };
  const own: SecretObject = { apiVersion: 'v1', kind: 'Secret', metadata, type: SECRET_TYPE, ...content };
  if (exportTo === undefined) return [own];
  const spec = { toNamespaces: exportTo };
  return [own, { apiVersion: 'secretgen.carvel.dev/v1alpha1', kind: 'SecretExport', metadata, spec }];
}

function dockerConfig({ registry, username }: PullSecret, password: string): string {
  return JSON.stringify({ auths: { [clusterHost(registry)]: { username, password } } });
}

/** The key that kapp-controller looks up, which is the same for all names of Docker Hub. */
function clusterHost(registry: string): string {
  return registry === 'docker.io' ? 'index.docker.io' : registry;
}
