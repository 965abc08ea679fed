import type { ConfigurationOptions } from '@kubernetes/client-node';
import { AirgapError } from '../base/errors.ts';
import { array, defined, record, text } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import type { ApiClient } from './api-client.ts';
import { clusterError } from './errors.ts';
import type { ObjectKind, ObjectList, ObjectPage } from './objects-api.ts';

/** Kubernetes docs, "Aggregated discovery": one response instead of one per group, since version 1.26. */
const AGGREGATED = ['v2', 'v2beta1']
  .map((version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`)
  .join(',');

/** See ClusterObjects.kinds. Kinds of the core group are not included. */
export async function listKinds(client: ApiClient, signal: AbortSignal): Promise<readonly ObjectKind[]> {
  const request = { step: 'discover the kinds of objects', api: 'apis', accept: `${AGGREGATED},application/json` };
  const list = record(await client.json(request, signal, (options) => client.apis.getAPIVersions({}, options)));
  if (list['kind'] === 'APIGroupDiscoveryList') return array(list['items']).flatMap(kindsOfGroup);
  const kinds: ObjectKind[] = [];
  for (const group of array(list['groups'])) {
    const api = text(record(record(group)['preferredVersion'])['groupVersion']);
    if (api !== undefined) kinds.push(...(await kindsOfVersion(client, api, signal)));
  }
  return kinds;
}

function kindsOfGroup(value: unknown): ObjectKind[] {
  const { metadata, versions } = record(value);
  const group = text(record(metadata)['name']);
  // The first version is the preferred one.
  const { version, resources } = record(array(versions)[0]);
  return array(resources).flatMap((resource) => {
    const { resource: plural, scope, verbs, responseKind } = record(resource);
    return kindOf(
      { group, version, plural, kind: record(responseKind)['kind'], namespaced: scope === 'Namespaced' },
      verbs,
    );
  });
}

const IS_DOWN = new Set(['cluster.api-missing', 'cluster.api-unavailable']);

/** The kinds of one version of a group. An aggregated API that is down does not hide the other groups. */
async function kindsOfVersion(client: ApiClient, api: string, signal: AbortSignal): Promise<ObjectKind[]> {
  const [group = '', version = ''] = api.split('/');
  try {
    const list = await client.json({ step: `discover the API ${api}`, api }, signal, (options) =>
      client.custom.getAPIResources({ group, version }, options),
    );
    return array(record(list)['resources']).flatMap((resource) => {
      const { name: plural, kind, namespaced, verbs } = record(resource);
      return kindOf({ group, version, plural, kind, namespaced: namespaced === true }, verbs);
    });
  } catch (error) {
    if (error instanceof AirgapError && IS_DOWN.has(error.code)) return [];
    throw error;
  }
}

/** Subresources, such as `pods/log`, are not lists of objects. */
function kindOf(fields: JsonRecord, verbs: unknown): ObjectKind[] {
  const [group, version] = [text(fields['group']), text(fields['version'])];
  const [kind, plural] = [text(fields['kind']), text(fields['plural'])];
  if (group === undefined || version === undefined || kind === undefined || plural === undefined) return [];
  if (plural.includes('/') || !array(verbs).includes('list')) return [];
  return [{ group, version, kind, plural, namespaced: fields['namespaced'] === true }];
}

/** See ClusterObjects.page (Kubernetes docs, "Retrieving large results sets in chunks"). */
export async function listPage(client: ApiClient, list: ObjectList, signal: AbortSignal): Promise<ObjectPage> {
  const { group, version, plural, namespace } = list;
  const request = {
    step: `list the ${plural} ${namespace === undefined ? 'of all namespaces' : `of the namespace ${namespace}`}`,
    api: group === '' ? version : `${group}/${version}`,
    ...(namespace === undefined ? {} : { namespace }),
  };
  const operation = group === '' ? coreOperation(client, list) : customOperation(client, list);
  const { items, metadata } = record(await client.json(request, signal, operation));
  // An empty list may be null (Go's nil slice).
  if (metadata === undefined) {
    throw clusterError('response-invalid', { host: client.host, step: request.step, reason: 'it is not a list' });
  }
  return { items: array(items), ...defined({ next: text(record(metadata)['continue']) }) };
}

type Operation = (options: ConfigurationOptions) => Promise<unknown>;

function queryOf({ labelSelector, fieldSelector, limit, next }: ObjectList) {
  return { limit, ...defined({ labelSelector, fieldSelector, _continue: next }) };
}

/** The path of a list is the same for a kind without namespaces and for all namespaces. */
function customOperation({ custom }: Pick<ApiClient, 'custom'>, list: ObjectList): Operation {
  const { group, version, plural, namespace } = list;
  const query = { group, version, ...queryOf(list) };
  return (options) =>
    namespace === undefined
      ? custom.listCustomObjectForAllNamespaces({ ...query, resourcePlural: plural }, options)
      : custom.listNamespacedCustomObject({ ...query, plural, namespace }, options);
}

/** The library has one operation for each kind of the core group. */
function coreOperation({ core }: Pick<ApiClient, 'core'>, list: ObjectList): Operation {
  const { namespace } = list;
  const query = queryOf(list);
  const everywhere: Readonly<Record<string, Operation>> = {
    configmaps: (options) => core.listConfigMapForAllNamespaces(query, options),
    namespaces: (options) => core.listNamespace(query, options),
    nodes: (options) => core.listNode(query, options),
    persistentvolumeclaims: (options) => core.listPersistentVolumeClaimForAllNamespaces(query, options),
    pods: (options) => core.listPodForAllNamespaces(query, options),
    services: (options) => core.listServiceForAllNamespaces(query, options),
    replicationcontrollers: (options) => core.listReplicationControllerForAllNamespaces(query, options),
    secrets: (options) => core.listSecretForAllNamespaces(query, options),
    serviceaccounts: (options) => core.listServiceAccountForAllNamespaces(query, options),
  };
  const inNamespace = (own: { readonly namespace: string }): Readonly<Record<string, Operation>> => ({
    configmaps: (options) => core.listNamespacedConfigMap({ ...query, ...own }, options),
    events: (options) => core.listNamespacedEvent({ ...query, ...own }, options),
    persistentvolumeclaims: (options) => core.listNamespacedPersistentVolumeClaim({ ...query, ...own }, options),
    pods: (options) => core.listNamespacedPod({ ...query, ...own }, options),
    services: (options) => core.listNamespacedService({ ...query, ...own }, options),
    replicationcontrollers: (options) => core.listNamespacedReplicationController({ ...query, ...own }, options),
    secrets: (options) => core.listNamespacedSecret({ ...query, ...own }, options),
    serviceaccounts: (options) => core.listNamespacedServiceAccount({ ...query, ...own }, options),
  });
  const operation = (namespace === undefined ? everywhere : inNamespace({ namespace }))[list.plural];
  if (operation === undefined) throw new TypeError(`the ${list.plural} of the core group cannot be listed`);
  return operation;
}
