import { AirgapError } from '../base/errors.ts';
import {
  DATA_PACKAGING_GROUP,
  OLD_ALPHA_GROUP,
  PACKAGE_REPOSITORIES,
  PACKAGING_GROUP,
} from '../packaging/api-groups.ts';
import { array, record, text } from '../base/json.ts';
import type { ApiClient } from './api-client.ts';
import type { ClusterCheck } from './api.ts';
import { clusterError } from './errors.ts';
import { apiOf } from './resources.ts';

/** Determines by API discovery what the cluster serves; see ClusterSession.check. */
export async function checkCluster(client: ApiClient, signal: AbortSignal): Promise<ClusterCheck> {
  // One request first: it logs in, and if it fails, its error is the one to report.
  const repositories = await discovered(client, PACKAGING_GROUP, signal);
  const [version, packages, alpha] = await Promise.all([
    serverVersion(client, signal),
    problemOf(discovered(client, DATA_PACKAGING_GROUP, signal)),
    repositories === undefined ? discovered(client, OLD_ALPHA_GROUP, signal) : undefined,
  ]);
  const server = version === undefined ? {} : { serverVersion: version };
  const scope = namespaced(repositories, PACKAGE_REPOSITORIES);
  if (scope === true) return { kind: 'ready', ...server, ...(packages && { packagesProblem: packages }) };
  // v0.19.0-alpha.10 had today's API group, but its PackageRepositories were cluster-scoped.
  if (scope === false || alpha !== undefined) {
    return { kind: 'old-alpha', ...server, problem: clusterError('old-alpha', { host: client.host }) };
  }
  return { kind: 'no-kapp-controller', ...server, problem: clusterError('no-kapp-controller', { host: client.host }) };
}

/** The resources of a group; undefined if the server does not serve it. */
async function discovered(
  client: ApiClient,
  group: string,
  signal: AbortSignal,
): Promise<readonly unknown[] | undefined> {
  const api = apiOf({ group });
  try {
    const list = await client.json({ step: `discover the API ${api}`, api, path: `/apis/${api}` }, signal);
    return array(record(list)['resources']);
  } catch (error) {
    if (error instanceof AirgapError && error.code === 'cluster.api-missing') return undefined;
    throw error;
  }
}

async function serverVersion(client: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    const version = await client.json({ step: 'get the version', api: 'version', path: '/version' }, signal);
    return text(record(version)['gitVersion']);
  } catch (error) {
    // A server may hide its version; that is no reason to reject the cluster.
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}

async function problemOf(request: Promise<readonly unknown[] | undefined>): Promise<AirgapError | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (error instanceof AirgapError) return error;
    throw error;
  }
}

/** Whether a resource is namespaced; undefined if it does not exist. */
function namespaced(resources: readonly unknown[] | undefined, plural: string): boolean | undefined {
  const resource = (resources ?? []).map(record).find((entry) => entry['name'] === plural);
  return resource && resource['namespaced'] === true;
}
