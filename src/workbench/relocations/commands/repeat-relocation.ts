import { requestOfFailed } from '../../../relocation/report/report-document.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import type { RelocationRecord } from '../list/record.ts';
import type { RelocationStarter } from '../plan/relocation-starter.ts';

/** Copies the images that failed and the tags that were skipped because of them, after the plan is confirmed. */
export function retryFailed(starter: RelocationStarter, { name, request, report }: RelocationRecord): Promise<void> {
  const invalid = (): Error => workbenchError('nothing-failed', { name });
  return starter.start({ name, request: requestOfFailed({ kind: 'Report', request, ...report }, invalid) });
}

/** Runs a relocation again, after the plan is confirmed because tags may have moved. */
export function runAgain(starter: RelocationStarter, { name, request }: RelocationRecord): Promise<void> {
  return starter.start({ name, request });
}
