import { requestOfFailed } from '../../../relocation/report-document.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import type { RelocationRecord } from '../list/record.ts';
import type { RelocationStarter } from '../relocation-starter.ts';

/** Copies what failed, and what could not get its name because of that. The plan is asked about. */
export function retryFailed(starter: RelocationStarter, { name, request, report }: RelocationRecord): Promise<void> {
  const invalid = (): Error => workbenchError('nothing-failed', { name });
  return starter.start({ name, request: requestOfFailed({ kind: 'Report', request, ...report }, invalid) });
}

/** Does the same once more. The plan is asked about: what a tag points at may be something else by now. */
export function runAgain(starter: RelocationStarter, { name, request }: RelocationRecord): Promise<void> {
  return starter.start({ name, request });
}
