import { AirgapError } from '../base/errors.ts';
import { array, record, text } from '../base/json.ts';
import { isNamespaceName } from '../packaging/repository-name.ts';
import type { ApiClient } from './api-client.ts';
import { clusterError } from './errors.ts';

/** Creates a namespace; succeeds if it already exists. Rejects with `cluster.namespace-name` for an invalid name. */
export async function createNamespace(client: ApiClient, name: string, signal: AbortSignal): Promise<void> {
  if (!isNamespaceName(name)) throw clusterError('namespace-name', { namespace: name });
  try {
    await client.json(
      {
        step: `create the namespace ${name}`,
        api: 'v1',
        path: '/api/v1/namespaces',
        object: name,
        method: 'POST',
        query: { fieldManager: 'carvel-airgap' },
        contentType: 'application/json',
        body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
      },
      signal,
    );
  } catch (error) {
    if (!(error instanceof AirgapError && error.code === 'cluster.already-exists')) throw error;
  }
}

/** See ClusterActions.namespaces. Not paged, because only the names are kept. */
export async function listNamespaces(client: ApiClient, signal: AbortSignal): Promise<readonly string[]> {
  const list = await client.json({ step: 'list the namespaces', api: 'v1', path: '/api/v1/namespaces' }, signal);
  return array(record(list)['items'])
    .map((item) => text(record(record(item)['metadata'])['name']))
    .filter((name) => name !== undefined)
    .sort();
}
