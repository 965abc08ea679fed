import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import { ociError } from './errors.ts';

/** Statuses of registries that do not support deletion by tag, or no deletion at all. */
const NOT_SUPPORTED = [400, 404, 405, 501];

/**
 * Deletes a tag, or by digest a manifest with all its tags (distribution-spec, "Deleting tags" and "Deleting
 * Manifests").
 * @returns false if the registry does not support deletion by tag
 * @throws oci.delete-unsupported if it does not support deletion by digest either, oci.forbidden and others
 */
export async function deleteManifest(
  connection: RegistryConnection,
  path: string,
  tagOrDigest: string,
  signal: AbortSignal,
): Promise<boolean> {
  const target = `/v2/${path}/manifests/${tagOrDigest}`;
  const access = { repository: path, actions: 'pull,delete' } as const;
  const request: RegistryRequest = { method: 'DELETE', target, access, signal };
  const response = await connection.send(request);
  if ([200, 202, 204].includes(response.status)) {
    await response.body.discard();
    return true;
  }
  const byTag = !tagOrDigest.includes(':');
  if (byTag && NOT_SUPPORTED.includes(response.status)) {
    await response.body.discard();
    return false;
  }
  const { status } = response;
  const error = await connection.error(response, request);
  if (status !== 405 && status !== 501 && !String(error.args['codes'] ?? '').includes('UNSUPPORTED')) throw error;
  throw ociError('delete-unsupported', { host: connection.host, repository: path, reason: error.message }, error);
}
