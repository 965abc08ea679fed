import type { V1APIResource, V1APIResourceList, VersionInfo } from '@kubernetes/client-node';
import { AirgapError } from '../base/errors.ts';
import {
  DATA_PACKAGING_GROUP,
  OLD_ALPHA_GROUP,
  PACKAGE_REPOSITORIES,
  PACKAGING_GROUP,
} from '../packaging/api-groups.ts';
import type { AccessQuestion } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import type { ClusterCheck } from './api.ts';
import { clusterError } from './errors.ts';
import { apiOf, customResource } from './resources.ts';

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
): Promise<readonly V1APIResource[] | undefined> {
  const api = apiOf({ group });
  try {
    return await client.call({ step: `discover the API ${api}`, api }, signal, async (options) => {
      const { version } = customResource({ group, plural: '' });
      // A login page or another kind of object has no resources.
      const list: Partial<V1APIResourceList> = await client.custom.getAPIResources({ group, version }, options);
      return list.resources ?? [];
    });
  } catch (error) {
    if (error instanceof AirgapError && error.code === 'cluster.api-missing') return undefined;
    throw error;
  }
}

async function serverVersion(client: ApiClient, signal: AbortSignal): Promise<string | undefined> {
  try {
    return await client.call({ step: 'get the version', api: 'version' }, signal, async (options) => {
      const version: Partial<VersionInfo> = await client.version.getCode({}, options);
      return version.gitVersion;
    });
  } catch (error) {
    // A server may hide its version; that is no reason to reject the cluster.
    if (error instanceof AirgapError) return undefined;
    throw error;
  }
}

async function problemOf(request: Promise<unknown>): Promise<AirgapError | undefined> {
  try {
    await request;
    return undefined;
  } catch (error) {
    if (error instanceof AirgapError) return error;
    throw error;
  }
}

/** Whether a resource is namespaced; undefined if it does not exist. */
function namespaced(resources: readonly V1APIResource[] | undefined, plural: string): boolean | undefined {
  return resources?.find(({ name }) => name === plural)?.namespaced;
}

const API = 'authorization.k8s.io/v1';

/**
 * See ClusterActions.checkAccess. Sends one SelfSubjectAccessReview per question (Kubernetes docs, "Checking API
 * Access").
 */
export function checkAccess(
  client: ApiClient,
  questions: readonly AccessQuestion[],
  signal: AbortSignal,
): Promise<readonly boolean[]> {
  return Promise.all(questions.map((question) => review(client, question, signal)));
}

function review(client: ApiClient, question: AccessQuestion, signal: AbortSignal): Promise<boolean> {
  const step = `check whether you may ${question.verb} ${question.resource}`;
  const body = { apiVersion: API, kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: question } };
  return client.call({ step, api: API }, signal, async (options) => {
    const { status } = await client.authorization.createSelfSubjectAccessReview({ body }, options);
    return status?.allowed === true;
  });
}
