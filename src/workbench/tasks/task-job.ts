import { basename } from 'node:path';

import { parseReference } from '../../oci/reference.ts';
import type { RelocationRequest, RelocationSourceSpec } from '../../relocation/request.ts';
import { tryOrUndefined } from '../errors/attempt.ts';
import { imageName } from '../relocations/image-name.ts';
import type { RelocationJob } from '../relocations/relocation-job.ts';

/** What a task does, as the list of relocations names it. */
export function jobOfTask(request: RelocationRequest): RelocationJob {
  return { name: nameOf(request.source), request, origin: 'task' };
}

function nameOf(source: RelocationSourceSpec): string {
  if (!('reference' in source)) return basename(source.path);
  const place = tryOrUndefined(() => parseReference(source.reference));
  // The plan says what is wrong with it.
  return place === undefined ? source.reference : imageName(place);
}
