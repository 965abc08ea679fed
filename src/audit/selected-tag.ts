import { AirgapError } from '../base/errors.ts';
import { ociError } from '../oci/errors.ts';
import { formatRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import type { PageOptions, RegistryClient } from '../oci/registry-client.ts';
import { selectTag } from '../packaging/tag-selection.ts';
import type { TagSelection } from '../packaging/tag-selection.ts';
import { auditError } from './errors.ts';

/** More tags than this indicate a registry whose pages repeat endlessly. */
const MAX_TAGS = 100_000;

export interface TagLister {
  tags(repository: Repository, options: PageOptions): ReturnType<RegistryClient['tags']>;
}

/** The tag of a repository that vendir selects, or the error that says why there is none. */
export async function selectedTag(
  repository: Repository,
  selection: TagSelection,
  probe: TagLister,
  signal: AbortSignal,
): Promise<string | AirgapError> {
  const name = formatRepository(repository);
  if (!selection.isSemver) return auditError('selection-unsupported', { repository: name });
  try {
    const tags = await allTags(repository, probe, signal);
    if (tags === undefined) return auditError('too-many-tags', { repository: name, limit: MAX_TAGS });
    const { constraints } = selection;
    return selectTag(tags, selection) ?? auditError('no-tag-fits', { repository: name, constraints });
  } catch (error) {
    if (error instanceof AirgapError) return error;
    throw error;
  }
}

async function allTags(
  repository: Repository,
  probe: TagLister,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const tags = new Set<string>();
  let last: string | undefined;
  do {
    const known = tags.size;
    const page = await probe.tags(repository, { limit: 1000, signal, ...(last === undefined ? {} : { last }) });
    for (const tag of page.tags) tags.add(tag);
    last = page.next;
    if (last !== undefined && page.tags.length > 0 && tags.size === known) throw circle(repository);
    if (tags.size > MAX_TAGS) return undefined;
  } while (last !== undefined);
  return [...tags];
}

function circle({ registry, path }: Repository): AirgapError {
  const step = `GET /v2/${path}/tags/list`;
  return ociError('page-invalid', { host: registry, reason: 'its pages form a loop', step });
}
