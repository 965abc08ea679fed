import { randomBytes } from 'node:crypto';

import type { PlannedBlobSummary, PlanTotals, PlanSummary } from '../../../relocation/plan-summary.ts';
import type { RelocationJob } from '../relocation-job.ts';
import type { Agreed, RelocationRecord } from './record.ts';

/** A relocation that the user has just agreed to. */
export function newRecord(
  { name, request, origin }: RelocationJob,
  { root, totals, blobs, exact }: Pick<PlanSummary, 'root' | 'totals' | 'blobs' | 'exact'>,
): RelocationRecord {
  const now = Date.now();
  return {
    id: newId(now),
    name,
    request,
    startedAt: now,
    state: 'waiting',
    changedAt: now,
    attempts: [],
    imagesPresent: totals.images - totals.imagesToCopy,
    ...(blobs === undefined || !exact ? {} : { agreed: agreedOf(totals, blobs) }),
    ...(root === undefined ? {} : { root: root.digest }),
    ...(origin === undefined ? {} : { origin }),
  };
}

function agreedOf(totals: PlanTotals, blobs: readonly PlannedBlobSummary[]): Agreed {
  const skipped = blobs.filter(({ action }) => action === 'skip').length;
  return { blobs: totals.blobsToCopy, skipped, bytes: totals.bytesToCopy };
}

/** The time comes first, so that names sort by it. */
export function newId(now: number): string {
  return `${now.toString(36).padStart(8, '0')}-${randomBytes(4).toString('hex')}`;
}
