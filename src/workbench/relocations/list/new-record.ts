import { randomBytes } from 'node:crypto';

import type { PlanView } from '../../../relocation/plan-view.ts';
import type { RelocationJob } from '../relocation-job.ts';
import type { RelocationRecord } from './record.ts';

/** A relocation that the user has just agreed to. */
export function newRecord(
  { name, request, origin }: RelocationJob,
  { root, totals }: Pick<PlanView, 'root' | 'totals'>,
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
    ...(root === undefined ? {} : { root: root.digest }),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** The time comes first, so that names sort by it. */
export function newId(now: number): string {
  return `${now.toString(36).padStart(8, '0')}-${randomBytes(4).toString('hex')}`;
}
