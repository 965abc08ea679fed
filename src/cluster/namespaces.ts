import { AirgapError } from '../base/errors.ts';
import { isNamespaceName } from '../packaging/repository-name.ts';
import type { ApiClient } from './api-client.ts';
import { FIELD_MANAGER } from './apply.ts';
import { clusterError } from './errors.ts';

/** Creates a namespace; succeeds if it already exists. Rejects with `cluster.namespace-name` for an invalid name. */
export async function createNamespace(client: ApiClient, name: string, signal: AbortSignal): Promise<void> {
  if (!isNamespaceName(name)) throw clusterError('namespace-name', { namespace: name });
  try {
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await client.call({ step: `create the namespace ${name}`, api: 'v1', object: name }, signal, (options) =>
      client.core.createNamespace({ body, fieldManager: FIELD_MANAGER }, options),
    );
  } catch (error) {
    if (!(error instanceof AirgapError && error.code === 'cluster.already-exists')) throw error;
  }
}

/** See ClusterActions.namespaces. Not paged, because only the names are kept. */
export async function listNamespaces(client: ApiClient, signal: AbortSignal): Promise<readonly string[]> {
  return client.call({ step: 'list the namespaces', api: 'v1' }, signal, async (options) => {
    const { items } = await client.core.listNamespace({}, options);
    return items.flatMap(({ metadata }) => metadata?.name ?? []).sort();
  });
}
