import { ociError } from './errors.ts';
import type { Repository } from './reference.ts';
import type { PageOptions, RegistryClient } from './registry-client.ts';

/** More tags than this indicate a registry whose pages repeat endlessly. */
export const MAX_TAGS = 100_000;

export interface TagLister {
  tags(repository: Repository, options: PageOptions): ReturnType<RegistryClient['tags']>;
}

/**
 * All tags of a repository, in the registry's order.
 * @returns undefined if there are more than MAX_TAGS
 * @throws oci.page-invalid if the registry's pages form a loop
 */
export async function listAllTags(
  repository: Repository,
  lister: TagLister,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const tags = new Set<string>();
  let last: string | undefined;
  do {
    const known = tags.size;
    const page = await lister.tags(repository, { limit: 1000, signal, ...(last === undefined ? {} : { last }) });
    for (const tag of page.tags) tags.add(tag);
    last = page.next;
    if (last !== undefined && page.tags.length > 0 && tags.size === known) throw loop(repository);
    if (tags.size > MAX_TAGS) return undefined;
  } while (last !== undefined);
  return [...tags];
}

function loop({ registry, path }: Repository): Error {
  const step = `GET /v2/${path}/tags/list`;
  return ociError('page-invalid', { host: registry, reason: 'its pages form a loop', step });
}
