import { parseReference } from '../oci/reference.ts';
import type { RelocationRequest } from './request.ts';

/**
 * The same request with its root named by digest: a tag may have moved since, and what was begun is what it pointed at then.
 * @param digest of the root; without it, or where nothing names it by tag, the request as it is
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
