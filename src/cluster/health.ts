import type { ConfigurationOptions } from '@kubernetes/client-node';
import { AirgapError } from '../base/errors.ts';
import { DATA_PACKAGING_GROUP, PACKAGE_REPOSITORIES, PACKAGING_GROUP } from '../packaging/api-groups.ts';
import { array, defined, record, text, textMap } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import type { ClusterHealth } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import { clusterError } from './errors.ts';
import { apiOf } from './resources.ts';

/** The namespaces of kapp-controller and of global Packages in the release manifests. */
export const CONTROLLER_NAMESPACE = 'kapp-controller';
export const DEFAULT_GLOBAL_NAMESPACE = 'kapp-controller-packaging-global';

const APIS = { group: 'apiregistration.k8s.io', version: 'v1', plural: 'apiservices' };
const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' };
const DEPLOYMENTS = { group: 'apps', version: 'v1', plural: 'deployments' };

/**
 * See ClusterActions.health. Each request may be forbidden independently of the others, so a failed one does not
 * prevent them.
 */
export async function clusterHealth(client: ApiClient, signal: AbortSignal): Promise<ClusterHealth> {
  const api = await packagesApi(client, signal);
  const namespace = namespaceOf(api) ?? (await deployedIn(client, signal));
  const controller = { ...DEPLOYMENTS, namespace: namespace ?? CONTROLLER_NAMESPACE, name: 'kapp-controller' };
  const [deployment, globals, groups] = await Promise.all([
    optional(client, 'read the version of kapp-controller', DEPLOYMENTS, signal, (options) =>
      client.custom.getNamespacedCustomObject(controller, options),
    ),
    globalNamespace(client, signal),
    optional(client, 'discover the APIs', { group: '', version: '' }, signal, (options) =>
      client.apis.getAPIVersions({}, options),
    ),
  ]);
  return {
    secretgen: array(groups?.['groups']).some((group) => record(group)['name'] === 'secretgen.carvel.dev'),
    globalNamespace: globals,
    ...defined({
      kappController: annotations(deployment)['kapp-controller.carvel.dev/version'],
      controllerNamespace: namespace,
      packagesProblem: apiProblem(client, api),
    }),
  };
}

/** The namespace whose Packages are visible in every other one; the usual one if the cluster does not report it. */
export async function globalNamespace(client: ApiClient, signal: AbortSignal): Promise<string> {
  const name = `${PACKAGE_REPOSITORIES}.${PACKAGING_GROUP}`;
  const step = 'read the definition of PackageRepositories';
  const definition = await optional(client, step, CRDS, signal, (options) =>
    client.custom.getClusterCustomObject({ ...CRDS, name }, options),
  );
  return annotations(definition)['packaging.carvel.dev/global-namespace'] ?? DEFAULT_GLOBAL_NAMESPACE;
}

/** The namespace in which kapp-controller runs; the usual one if the cluster does not report it. */
export async function controllerNamespace(client: ApiClient, signal: AbortSignal): Promise<string> {
  return namespaceOf(await packagesApi(client, signal)) ?? (await deployedIn(client, signal)) ?? CONTROLLER_NAMESPACE;
}

function packagesApi(client: ApiClient, signal: AbortSignal): Promise<JsonRecord | undefined> {
  const name = `v1alpha1.${DATA_PACKAGING_GROUP}`;
  return optional(client, 'read the APIService of Packages', APIS, signal, (options) =>
    client.custom.getClusterCustomObject({ ...APIS, name }, options),
  );
}

function namespaceOf(api: JsonRecord | undefined): string | undefined {
  return text(record(record(api?.['spec'])['service'])['namespace']);
}

/** For users who may read Deployments but not APIServices. */
async function deployedIn(client: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  const { plural: resourcePlural } = DEPLOYMENTS;
  const query = { ...DEPLOYMENTS, resourcePlural, fieldSelector: 'metadata.name=kapp-controller' };
  const list = await optional(client, 'find kapp-controller', DEPLOYMENTS, signal, (options) =>
    client.custom.listCustomObjectForAllNamespaces(query, options),
  );
  const [found, ...more] = array(list?.['items']).map((item) => text(record(record(item)['metadata'])['namespace']));
  return more.length === 0 ? found : undefined;
}

function annotations(object: JsonRecord | undefined): Readonly<Record<string, string>> {
  return textMap(record(object?.['metadata'])['annotations']);
}

function apiProblem(client: ApiClient, api: JsonRecord | undefined): AirgapError | undefined {
  const conditions = array(record(api?.['status'])['conditions']).map(record);
  const available = conditions.find(({ type }) => type === 'Available');
  if (available === undefined || available['status'] === 'True') return undefined;
  return clusterError('api-unavailable', {
    api: apiOf({ group: DATA_PACKAGING_GROUP }),
    host: client.host,
    message: text(available['message']) ?? text(available['reason']) ?? '',
    step: 'read its state',
  });
}

async function optional(
  client: ApiClient,
  step: string,
  { group, version }: { readonly group: string; readonly version: string },
  signal: AbortSignal,
  operation: (options: ConfigurationOptions) => Promise<unknown>,
): Promise<JsonRecord | undefined> {
  try {
    return record(await client.call({ step, api: `${group}/${version}` }, signal, operation));
  } catch (error) {
    if (error instanceof AirgapError && /^cluster\.(forbidden|not-found|api-missing)$/.test(error.code))
      return undefined;
    throw error;
  }
}
