// Applies PackageRepositories and PackageInstalls, as the documents of a user would, and waits for what becomes of them.
import type { Cluster } from './cluster.ts';
import { type KubeClient, KubeError, type KubeObject, pathOf } from './kube-client.ts';

const API = 'packaging.carvel.dev/v1alpha1';

/** A service account that may do everything, for PackageInstalls of this namespace. */
export async function grantInstaller({ client }: Cluster, namespace: string): Promise<string> {
  const name = 'installer';
  const metadata = { name, namespace };
  await client.apply('serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await client.apply('clusterrolebindings', {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `${name}-${namespace}` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  } as KubeObject);
  return name;
}

/** Applies a PackageRepository and waits until its Packages are there. */
export async function addRepository(
  { client }: Cluster,
  namespace: string,
  name: string,
  image: string,
  pullSecret?: string,
): Promise<void> {
  const spec = { fetch: { imgpkgBundle: { image, ...(pullSecret && { secretRef: { name: pullSecret } }) } } };
  await client.apply('packagerepositories', {
    apiVersion: API,
    kind: 'PackageRepository',
    metadata: { name, namespace },
    spec,
  });
  const result = await settled(client, namespace, 'packagerepositories', name);
  if (result.state !== 'ReconcileSucceeded') throw new Error(`${name}: ${result.text}`);
}

/** Deletes all PackageRepositories of these namespaces, even paused ones, and waits until kapp-controller has finished. */
export async function removeRepositories({ client }: Cluster, ...namespaces: readonly string[]): Promise<void> {
  const unpaused = { spec: { paused: false } };
  for (const namespace of namespaces) await removeAll(client, 'packagerepositories', namespace, unpaused);
}

/** Deletes the PackageInstalls of a namespace, but neither those named nor what they installed. */
export async function removeInstalls({ client }: Cluster, namespace: string, kept: readonly string[]): Promise<void> {
  // Without its service account, which a test may have deleted, an installed Package cannot be deleted.
  await removeAll(client, 'packageinstalls', namespace, { spec: { paused: false, noopDelete: true } }, kept);
}

async function removeAll(
  client: KubeClient,
  resource: string,
  namespace: string,
  change: object,
  kept: readonly string[] = [],
): Promise<void> {
  const collection = pathOf(API, resource, namespace);
  const listed = async () => (await client.get<{ items: readonly KubeObject[] }>(collection)).items;
  const names = (await listed()).map(({ metadata: { name } }) => name).filter((name) => !kept.includes(name));
  const unlessGone = (error: unknown): void => {
    if (!(error instanceof KubeError && error.status === 404)) throw error;
  };
  for (const name of names) {
    await client.request('PATCH', `${collection}/${name}`, change, 'application/merge-patch+json').catch(unlessGone);
    await client.request('DELETE', `${collection}/${name}`).catch(unlessGone);
  }
  for (const name of names) {
    const query = `fieldSelector=metadata.name=${name}`;
    // A watch that begins after the end sees nothing.
    if ((await listed()).every(({ metadata }) => metadata.name !== name)) continue;
    await client.waitFor(collection, query, (_object, type) => type === 'DELETED', 120);
  }
}

export interface InstallOptions {
  readonly version?: string;
  readonly values?: object;
  /** The Secret with which kapp-controller fetches its bundle. */
  readonly pullSecret?: string;
}

/** Applies a PackageInstall of `<name>.apps.example.com`. */
export async function installPackage(
  { client }: Cluster,
  namespace: string,
  name: string,
  { version = '1.0.0', values, pullSecret }: InstallOptions = {},
): Promise<void> {
  const secret = `${name}-values`;
  if (values !== undefined) {
    const data = { 'values.yml': Buffer.from(JSON.stringify(values)).toString('base64') };
    await client.apply('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: secret, namespace },
      data,
    } as KubeObject);
  }
  const spec = {
    serviceAccountName: 'installer',
    packageRef: { refName: `${name}.apps.example.com`, versionSelection: { constraints: version } },
    ...(values !== undefined && { values: [{ secretRef: { name: secret } }] }),
  };
  await client.apply('packageinstalls', {
    apiVersion: API,
    kind: 'PackageInstall',
    metadata: {
      name,
      namespace,
      ...(pullSecret && { annotations: { 'ext.packaging.carvel.dev/fetch-0-secret-name': pullSecret } }),
    },
    spec,
  });
}

/** Waits for the end of a reconciliation, and returns how it ended and what was said of it. */
export async function settled(
  client: KubeClient,
  namespace: string,
  resource: 'packagerepositories' | 'packageinstalls',
  name: string,
): Promise<{ state: string; text: string }> {
  const last = ({ status = {} }: KubeObject): string | undefined =>
    ((status['conditions'] ?? []) as { type: string }[])
      .map(({ type }) => type)
      .find((type) => /Succeeded|Failed/.test(type));
  const isSettled = (object: KubeObject): boolean =>
    object.status?.['observedGeneration'] === object.metadata['generation'] && last(object) !== undefined;
  const object = await client.waitFor(
    pathOf(API, resource, namespace),
    `fieldSelector=metadata.name=${name}`,
    isSettled,
    180,
  );
  const text = object.status?.['usefulErrorMessage'] ?? object.status?.['friendlyDescription'];
  return { state: last(object) ?? '', text: typeof text === 'string' ? text : '' };
}

export interface Pod {
  readonly name: string;
  readonly address: string;
  /** `Running`, or why its container waits, for example `ErrImagePull`. */
  readonly state: string;
  /** What the kubelet says of that. */
  readonly message: string;
  /** As in its specification. */
  readonly image: string;
}

/**
 * Waits until a pod with this label is in the expected state. The kubelet tries again, so a failure may be the first
 * attempt of a success.
 */
export async function podThat(
  { client }: Cluster,
  namespace: string,
  label: string,
  expected: 'runs' | 'cannot pull',
): Promise<Pod> {
  const states = expected === 'runs' ? ['Running'] : ['ErrImagePull', 'ImagePullBackOff'];
  const path = pathOf('v1', 'pods', namespace);
  const isIt = (object: KubeObject): boolean => states.includes(podOf(object).state);
  return podOf(await client.waitFor(path, `labelSelector=${encodeURIComponent(label)}`, isIt, 120));
}

function podOf({ metadata, spec = {}, status = {} }: KubeObject): Pod {
  const [container] = (status['containerStatuses'] ?? []) as {
    state: { waiting?: { reason: string; message?: string }; running?: object };
  }[];
  const waiting = container?.state.waiting;
  const [{ image }] = spec['containers'] as [{ image: string }];
  return {
    name: metadata.name,
    address: typeof status['podIP'] === 'string' ? status['podIP'] : '',
    state: container?.state.running === undefined ? (waiting?.reason ?? '') : 'Running',
    message: waiting?.message ?? '',
    image,
  };
}
