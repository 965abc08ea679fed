import { parseReference } from '../../oci/reference.ts';
import type { RelocationRequest } from './request.ts';

/**
 * Pins a request's root to a digest, because a tag may have moved since the relocation started.
 * @param digest digest of the root; if undefined, or if no tag names the root, the request stays unchanged
 */
export function pinnedRequest(request: RelocationRequest, digest: string | undefined): RelocationRequest {
  const { source, options = {} } = request;
  if (source.kind === 'archive' || source.kind === 'lock' || digest === undefined) return request;
  const { registry, path, tag, digest: given } = parseReference(source.reference);
  if (given !== undefined) return request;
  return {
    ...request,
    source: { ...source, reference: `${registry}/${path}@${digest}` },
    options: tag === undefined ? options : { toTag: tag, ...options },
  };
}
