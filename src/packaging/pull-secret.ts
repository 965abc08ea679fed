import { stringify } from 'yaml';

/** A credential for a registry, as kapp-controller can use it (reference/packaging-apis.md 2.1). */
export interface PullSecret {
  readonly namespace: string;
  readonly name: string;
  /** host[:port] as in the image references */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
  /** For secretgen-controller: the namespaces whose placeholders are filled with it; `*` is all of them (2.3). */
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

/** What is applied, the Secret first. It holds the password. */
export function pullSecretObjects(secret: PullSecret): readonly SecretObject[] {
  // `data`, because a stringData does not get along with server-side apply (Kubernetes docs, "Secrets").
  const data = { '.dockerconfigjson': Buffer.from(dockerConfig(secret, secret.password)).toString('base64') };
  return objects(secret, { data });
}

/** The same to be shown: readable, with a mask in place of the password. */
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

/** The key that kapp-controller looks for; Docker Hub has one name there (2.1). */
function clusterHost(registry: string): string {
  return registry === 'docker.io' ? 'index.docker.io' : registry;
}
