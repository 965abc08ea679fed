import { AirgapError } from '../base/errors.ts';
import { listAllTags, MAX_TAGS } from '../oci/all-tags.ts';
import type { TagLister } from '../oci/all-tags.ts';
import { formatRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import { selectTag } from '../packaging/tag-selection.ts';
import type { TagSelection } from '../packaging/tag-selection.ts';
import { auditError } from './errors.ts';

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
    const tags = await listAllTags(repository, probe, signal);
    if (tags === undefined) return auditError('too-many-tags', { repository: name, limit: MAX_TAGS });
    const { constraints } = selection;
    return selectTag(tags, selection) ?? auditError('no-tag-fits', { repository: name, constraints });
  } catch (error) {
    if (error instanceof AirgapError) return error;
    throw error;
  }
}
