import { PatchStrategy } from '@kubernetes/client-node';
import { AirgapError, causes } from '../base/errors.ts';
import type { ObjectAddress, RepositoryChange } from './actions-api.ts';
import type { ApiClient } from './api-client.ts';
import { FIELD_MANAGER, REPOSITORIES, repositoryRequest } from './apply.ts';
import { clusterError } from './errors.ts';

/** See ClusterActions.changePackageRepository. */
export async function changeRepository(
  client: ApiClient,
  object: ObjectAddress,
  change: RepositoryChange,
  signal: AbortSignal,
): Promise<void> {
  if (change !== 'reconcile') {
    await patch(client, object, change, { paused: change === 'pause' ? true : null }, signal);
    return;
  }
  signal.throwIfAborted();
  // Canceling from here on must not leave the repository paused; each of the two requests has a timeout.
  const { signal: never } = new AbortController();
  await patch(client, object, change, { paused: true }, never);
  try {
    await patch(client, object, change, { paused: null }, never);
  } catch (error) {
    throw clusterError('left-paused', { name: nameOf(object), reason: causes(error).join(': ') }, error);
  }
}

/** See ClusterActions.setPullSecret. */
export function setPullSecret(
  client: ApiClient,
  object: ObjectAddress,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  return patch(client, object, 'change', { fetch: { imgpkgBundle: { secretRef: { name } } } }, signal);
}

/** See ClusterActions.deletePackageRepository. */
export async function deleteRepository(client: ApiClient, object: ObjectAddress, signal: AbortSignal): Promise<void> {
  try {
    const { namespace, name } = object;
    await client.call(repositoryRequest(namespace, name, 'delete'), signal, (options) =>
      client.custom.deleteNamespacedCustomObject({ ...REPOSITORIES, namespace, name }, options),
    );
  } catch (error) {
    if (!(error instanceof AirgapError && error.code === 'cluster.not-found')) throw error;
  }
}

/** A merge patch (RFC 7396) of the spec: null removes a field, whether or not it exists. */
async function patch(
  client: ApiClient,
  { namespace, name }: ObjectAddress,
  verb: string,
  spec: object,
  signal: AbortSignal,
): Promise<void> {
  const request = { ...repositoryRequest(namespace, name, verb), contentType: PatchStrategy.MergePatch };
  const patch = { ...REPOSITORIES, namespace, name, fieldManager: FIELD_MANAGER, body: { spec } };
  await client.call(request, signal, (options) => client.custom.patchNamespacedCustomObject(patch, options));
}

function nameOf({ namespace, name }: ObjectAddress): string {
  return `${namespace}/${name}`;
}
