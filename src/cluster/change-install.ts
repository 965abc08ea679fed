import { causes } from '../base/errors.ts';
import { record, text, textMap } from '../base/json.ts';
import { OWNER_ANNOTATION, createdObjects } from '../packaging/install/created-objects.ts';
import type { CreatedObject } from '../packaging/install/created-objects.ts';
import { installProblem, installState } from '../packaging/package-install.ts';
import { parseReconcileStatus } from '../packaging/reconcile-status.ts';
import type { ObjectAddress, RepositoryChange } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import { clusterError } from './errors.ts';
import { getInstall, installObject, watchInstall } from './installs.ts';
import { listAndWatch } from './list-watch.ts';
import type { ListWatchSink } from './list-watch.ts';
import { deleteObject, mergeObject, readObject } from './object-operations.ts';
import { APP_RESOURCE, namedItem } from './resources.ts';
import type { NamedItem, Resource } from './resources.ts';
import type { Timing } from '../base/timing.ts';

/** Milliseconds to wait until kapp-controller has paused an App. */
const PAUSE_TIMEOUT = 30_000;

/** See InstallActions.changePackageInstall. */
export async function changeInstall(
  client: ApiClient,
  address: ObjectAddress,
  change: RepositoryChange,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const patch = (paused: true | null, until: AbortSignal): Promise<void> =>
    mergeObject(client, installObject(address), { spec: { paused } }, change, until);
  if (change !== 'reconcile') return patch(change === 'pause' ? true : null, signal);
  signal.throwIfAborted();
  // Cancelling from here on must not leave it paused.
  const { signal: never } = new AbortController();
  await patch(true, never);
  try {
    await appPaused(client, address, timing, signal);
  } finally {
    try {
      await patch(null, never);
    } catch (error) {
      const name = `${address.namespace}/${address.name}`;
      // eslint-disable-next-line no-unsafe-finally
      throw clusterError('install-left-paused', { name, reason: causes(error).join(': ') }, error);
    }
  }
  return undefined;
}

/** See InstallActions.setFetchSecret. */
export function setFetchSecret(
  client: ApiClient,
  address: ObjectAddress,
  { step, name }: { readonly step: number; readonly name: string },
  signal: AbortSignal,
): Promise<void> {
  const annotations = { [`${FETCH_SECRET_ANNOTATION}${step}-secret-name`]: name };
  return mergeObject(client, installObject(address), { metadata: { annotations } }, 'change', signal);
}

/** pkg/packageinstall/packageinstall.go of kapp-controller. */
const FETCH_SECRET_ANNOTATION = 'ext.packaging.carvel.dev/fetch-';

interface AppState extends NamedItem {
  readonly isPaused: boolean;
}

const APPS: Resource<AppState> = {
  ...APP_RESOURCE,
  parse: (value) => {
    const item = namedItem(value);
    const { metadata, spec, status } = record(value);
    const isSeen = parseReconcileStatus(status)?.observedGeneration === record(metadata)['generation'];
    return item && { ...item, isPaused: isSeen && record(spec)['paused'] === true };
  },
};

/**
 * Resolves when kapp-controller has paused the App: only then does resuming the PackageInstall change the App, and so
 * reconcile it (as kctrl does). Also resolves without an App, and after a timeout.
 */
async function appPaused(
  client: ApiClient,
  { namespace, name }: ObjectAddress,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const timer = setTimeout(() => done.abort(), PAUSE_TIMEOUT);
  const see = (app: AppState | undefined): void => {
    if (app === undefined || app.isPaused) done.abort();
  };
  const sink: ListWatchSink<AppState> = {
    replaced: ([app]) => see(app),
    changed: see,
    removed: () => see(undefined),
    watching: () => undefined,
    problem: () => done.abort(),
  };
  await listAndWatch(client, { resource: APPS, namespace, name }, sink, timing, AbortSignal.any([signal, done.signal]));
  clearTimeout(timer);
}

/** See InstallActions.deletePackageInstall. */
export async function deleteInstall(
  client: ApiClient,
  address: ObjectAddress,
  { keepResources }: { readonly keepResources: boolean },
  timing: Timing,
  signal: AbortSignal,
): Promise<readonly CreatedObject[]> {
  const stored = await getInstall(client, address, signal);
  if (stored === undefined) return [];
  const object = installObject(address);
  if (keepResources) await mergeObject(client, object, { spec: { noopDelete: true } }, 'change', signal);
  await deleteObject(client, object, signal);
  // kapp-controller does not delete what is paused.
  if (stored.install.paused) await mergeObject(client, object, { spec: { paused: null } }, 'resume', signal);
  await installGone(client, address, timing, signal);
  const deleted: CreatedObject[] = [];
  // kapp-controller needs the service account until the end.
  for (const each of createdObjects(stored.object)) {
    if (await deleteOwned(client, each, `${address.name}-${address.namespace}`, signal)) deleted.push(each);
  }
  return deleted;
}

async function installGone(
  client: ApiClient,
  address: ObjectAddress,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  let failure: string | undefined;
  const ended = AbortSignal.any([signal, done.signal]);
  await watchInstall(
    client,
    address,
    (seen) => {
      if (seen.kind === 'absent') done.abort();
      if (seen.kind !== 'present' || installState(seen.install) !== 'delete-failed') return;
      failure = installProblem(seen.install);
      done.abort();
    },
    timing,
    ended,
  );
  signal.throwIfAborted();
  if (failure === undefined) return;
  throw clusterError('install-delete-failed', { name: `${address.namespace}/${address.name}`, reason: failure });
}

/** Anyone who may annotate a PackageInstall can name any object there, so the object itself must name its owner. */
async function deleteOwned(
  client: ApiClient,
  object: CreatedObject,
  owner: string,
  signal: AbortSignal,
): Promise<boolean> {
  const metadata = record((await readObject(client, object, signal))?.['metadata']);
  const annotations = textMap(metadata['annotations']);
  const named = annotations[OWNER_ANNOTATION] ?? annotations['tkg.tanzu.vmware.com/tanzu-package'];
  const uid = text(metadata['uid']);
  return named === owner && uid !== undefined && deleteObject(client, object, signal, uid);
}
