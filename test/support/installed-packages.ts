// Applies PackageRepositories and PackageInstalls, as the documents of a user would, and waits for what becomes of them.
import { stringify } from 'yaml';

import type { ClusterSession } from '../../src/cluster/api.ts';
import { installDocument } from '../../src/packaging/install/install-document.ts';
import { valuesDocument } from '../../src/packaging/install/values-document.ts';
import { parseValuesSchema } from '../../src/packaging/install/values-schema.ts';
import type { Cluster } from './cluster.ts';
import { type KubeClient, KubeError, type KubeObject, pathOf } from './kube-client.ts';

const API = 'packaging.carvel.dev/v1alpha1';

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
  /** Instead of the values that the document of the editor has, which are all commented out. */
  readonly values?: object;
  /** The Secret with which kapp-controller fetches its bundle. */
  readonly pullSecret?: string;
}

/**
 * Installs `<name>.apps.example.com` as the commands of the editor do: the same document, of the schema that the cluster
 * has, applied by the same session after a dry run.
 */
export async function installPackage(
  session: ClusterSession,
  namespace: string,
  name: string,
  { version = '1.0.0', values, pullSecret }: InstallOptions = {},
): Promise<void> {
  const { signal } = new AbortController();
  const refName = `${name}.apps.example.com`;
  const details = await session.packageDetails(namespace, { refName, version }, signal);
  const schema = parseValuesSchema(details?.valuesSchema);
  if (schema === undefined) throw new Error(`there is no ${refName} ${version}`);
  const plan = { namespace, name, refName, constraints: version, rights: { kind: 'namespace' } } as const;
  const own = values === undefined ? '' : stringify(values);
  const document = installDocument({ ...plan, values: `${valuesDocument(schema)}${own}` });
  await session.applyInstall(document, { signal, namespace, dryRun: true });
  await session.applyInstall(document, { signal, namespace });
  if (pullSecret !== undefined)
    await session.setFetchSecret({ namespace, name }, { step: 0, name: pullSecret }, signal);
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
