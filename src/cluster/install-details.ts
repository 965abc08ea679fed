import { AirgapError } from '../base/errors.ts';
import { record, text } from '../base/json.ts';
import { parseApp, parseInstalledObject, parsePod } from '../packaging/install/installed-objects.ts';
import type { InstalledApp, InstalledObject, InstalledPod } from '../packaging/install/installed-objects.ts';
import type { ObjectAddress } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import type { InstallDetails } from './installs-api.ts';
import type { ObjectList } from './objects-api.ts';
import { listKinds, listPage } from './objects.ts';
import { readObject } from './object-operations.ts';

/** More objects of one kind would not be read. */
const MOST = 500;
const MOST_EVENTS = 20;

/** The kinds of the core group that can be listed; API discovery lists only the other groups. */
const CORE: Readonly<Record<string, string>> = {
  ConfigMap: 'configmaps',
  PersistentVolumeClaim: 'persistentvolumeclaims',
  Secret: 'secrets',
  Service: 'services',
  ServiceAccount: 'serviceaccounts',
};

/** See InstallActions.installedResources. */
export async function installedResources(
  client: ApiClient,
  address: ObjectAddress,
  signal: AbortSignal,
): Promise<readonly InstalledObject[]> {
  return resourcesOf(client, await readApp(client, address, signal), signal);
}

/** See InstallActions.installDetails. */
export async function installDetails(
  client: ApiClient,
  address: ObjectAddress,
  signal: AbortSignal,
): Promise<InstallDetails> {
  return detailsOf(client, await readApp(client, address, signal), signal);
}

/** What an App deployed, and its pods. */
export async function detailsOf(client: ApiClient, app: InstalledApp, signal: AbortSignal): Promise<InstallDetails> {
  const [resources, pods] = await Promise.all([resourcesOf(client, app, signal), podsOf(client, app, signal)]);
  return { app, resources, pods };
}

/** kapp-controller gives the App the name of its PackageInstall. */
async function readApp(
  client: ApiClient,
  { namespace, name }: ObjectAddress,
  signal: AbortSignal,
): Promise<InstalledApp> {
  const object = { apiVersion: 'kappctrl.k14s.io/v1alpha1', kind: 'App', namespace, name };
  return parseApp(await readObject(client, object, signal));
}

async function resourcesOf(client: ApiClient, app: InstalledApp, signal: AbortSignal): Promise<InstalledObject[]> {
  const { label, groupKinds } = app;
  if (label === undefined) return [];
  const kinds = await listKinds(client, signal);
  const found = await Promise.all(
    groupKinds.map(async ({ group, kind }) => {
      const known = group === '' ? coreKind(kind) : kinds.find((each) => each.group === group && each.kind === kind);
      if (known === undefined) return [];
      const list = { group, version: known.version, plural: known.plural, labelSelector: label, limit: MOST };
      const items = await listed(client, list, known.namespaced ? app.namespaces : [], signal);
      return items.flatMap((item) => parseInstalledObject(item, kind) ?? []);
    }),
  );
  return found.flat();
}

function coreKind(
  kind: string,
): { readonly version: string; readonly plural: string; readonly namespaced: boolean } | undefined {
  if (kind === 'Namespace') return { version: 'v1', plural: 'namespaces', namespaced: false };
  const plural = CORE[kind];
  return plural === undefined ? undefined : { version: 'v1', plural, namespaced: true };
}

/** Pods carry the label of their App, because kapp adds it to the templates of workloads. */
async function podsOf(
  client: ApiClient,
  { label, namespaces }: InstalledApp,
  signal: AbortSignal,
): Promise<InstalledPod[]> {
  if (label === undefined) return [];
  const list = { group: '', version: 'v1', plural: 'pods', labelSelector: label, limit: MOST };
  const items = await listed(client, list, namespaces, signal);
  const pods = await Promise.all(
    items.map(async (item) => {
      const metadata = record(record(item)['metadata']);
      const [namespace = '', name = ''] = [text(metadata['namespace']), text(metadata['name'])];
      const events = {
        group: '',
        version: 'v1',
        plural: 'events',
        fieldSelector: `involvedObject.kind=Pod,involvedObject.name=${name}`,
        limit: MOST_EVENTS,
      };
      return parsePod(item, await listed(client, events, [namespace], signal));
    }),
  );
  return pods.filter((pod) => pod !== undefined);
}

/** The objects of some namespaces, or of all; what the user may not list is left out. */
async function listed(
  client: ApiClient,
  list: ObjectList,
  namespaces: readonly string[],
  signal: AbortSignal,
): Promise<readonly unknown[]> {
  const places = namespaces.length === 0 ? [{}] : namespaces.map((namespace) => ({ namespace }));
  const pages = await Promise.all(
    places.map(async (place) => {
      try {
        return (await listPage(client, { ...list, ...place }, signal)).items;
      } catch (error) {
        if (error instanceof AirgapError && /^cluster\.(?:forbidden|api-missing|not-found)$/.test(error.code))
          return [];
        throw error;
      }
    }),
  );
  return pages.flat();
}
