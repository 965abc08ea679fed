import { randomBytes } from 'node:crypto';

import { jobName, podRequest } from '../../../relocation/job/job-plan.ts';
import { requestedDigest } from '../../../relocation/plan/plan-summary.ts';
import type { PlannedBlobSummary, PlanTotals, PlanSummary } from '../../../relocation/plan/plan-summary.ts';
import { hasCode } from '../../../base/errors.ts';
import { addMark, addTransfer, NO_TRANSFER } from '../../../map/transfer-history.ts';
import type { TransferMark } from '../../../map/transfer-history.ts';
import type { RelocationJob } from '../relocation-job.ts';
import { isActive } from './record.ts';
import type { AttemptFigures, AttemptNote, Figures, RelocationRecord, ApprovedTotals } from './record.ts';
import type { Outcome } from './relocation-attempt.ts';

const NO_PROGRESS: AttemptFigures = {
  bytesSent: 0,
  bytesRead: 0,
  brought: { copied: 0, mounted: 0, bytes: 0 },
  transferSeconds: 0,
  blobsTotal: 0,
};

/** A state together with the fields that are set and cleared with it. */
export type StateChange = Pick<RelocationRecord, 'state' | 'changedAt' | 'error' | 'report' | 'until'>;

export function withState(record: RelocationRecord, to: StateChange): RelocationRecord {
  const { error: _error, report: _report, until: _until, isAnswered: _answered, ...kept } = record;
  return withKeptBytes({ ...kept, ...to, attempts: attemptsIn(record.attempts, to) });
}

/** After an attempt, only the bytes that were kept count as done. */
export function withKeptBytes(record: RelocationRecord): RelocationRecord {
  const { state, figures } = record;
  if (isActive(state) || state === 'finished' || figures?.bytesKept === undefined) return record;
  return { ...record, figures: { ...figures, bytesDone: figures.bytesKept } };
}

/** @param done the totals of the running attempt so far */
export function withProgress(
  record: RelocationRecord,
  figures: Figures,
  done: AttemptFigures,
  lastAt: number,
): RelocationRecord {
  const attempts = changeOpen(record.attempts, (open) => ({
    ...open,
    lastAt: Math.max(open.lastAt, lastAt),
    bytesSent: Math.max(open.bytesSent, done.bytesSent),
    bytesRead: Math.max(open.bytesRead, done.bytesRead),
    brought: done.brought,
    transferSeconds: Math.max(open.transferSeconds, done.transferSeconds),
    blobsTotal: Math.max(open.blobsTotal, done.blobsTotal),
  }));
  return { ...record, figures, attempts, ...withTransfer(record, attempts) };
}

/** What the running attempt has transferred since the last update. */
function withTransfer(
  { transfer, attempts: before }: RelocationRecord,
  attempts: readonly AttemptNote[],
): Pick<RelocationRecord, 'transfer'> {
  const [last, now] = [before.at(-1), attempts.at(-1)];
  if (last === undefined || now === undefined || last === now) return {};
  const sample = [now.bytesRead - last.bytesRead, now.bytesSent - last.bytesSent] as const;
  const [from, to] = [elapsedAt(before, last.lastAt), elapsedAt(attempts, now.lastAt)];
  return { transfer: addTransfer(transfer ?? NO_TRANSFER, from, to, sample) };
}

/** @param mark what happened, and when in milliseconds since 1970 */
export function withMark(record: RelocationRecord, mark: Omit<TransferMark, 'at' | 'count'>): RelocationRecord {
  const at = elapsedAt(record.attempts, mark.time);
  return { ...record, transfer: addMark(record.transfer ?? NO_TRANSFER, { ...mark, at }) };
}

/**
 * Milliseconds that a relocation had run at a time, without the time between its attempts.
 * @param time in the last attempt, in milliseconds since 1970; later if it still runs
 */
export function elapsedAt(attempts: readonly AttemptNote[], time: number): number {
  const last = attempts.at(-1);
  if (last === undefined) return 0;
  const earlier = attempts.slice(0, -1).reduce((sum, { startedAt, lastAt }) => sum + lastAt - startedAt, 0);
  return earlier + Math.max(0, (last.end === undefined ? time : Math.min(time, last.lastAt)) - last.startedAt);
}

/** An attempt starts when it gets a slot. An attempt without an end was interrupted if the next one is already waiting. */
function attemptsIn(attempts: readonly AttemptNote[], { state, changedAt: at }: StateChange): readonly AttemptNote[] {
  const closed = changeOpen(attempts, (open) =>
    isActive(state) ? { ...open, end: 'interrupted' } : { ...open, lastAt: at, end: state },
  );
  return state === 'running' ? [...closed, { startedAt: at, lastAt: at, ...NO_PROGRESS }] : closed;
}

function changeOpen(
  attempts: readonly AttemptNote[],
  change: (open: AttemptNote) => AttemptNote,
): readonly AttemptNote[] {
  const last = attempts.at(-1);
  return last === undefined || last.end !== undefined ? attempts : [...attempts.slice(0, -1), change(last)];
}

/** The state of a relocation after an attempt. */
export function endState(outcome: Outcome): Pick<RelocationRecord, 'state' | 'error' | 'report' | 'until'> {
  if (outcome.kind === 'finished') return { state: 'finished', report: outcome.report };
  if (outcome.kind === 'stopped') return { state: outcome.as };
  if (outcome.kind === 'interrupted') return { state: 'interrupted' };
  const { error } = outcome;
  const until = retryTimeOf(error);
  return {
    state: until === undefined ? 'failed' : 'paused',
    error: error instanceof Error ? error : new Error(String(error)),
    ...(until === undefined ? {} : { until }),
  };
}

/** The time until which a registry asked to wait, if that is longer than the automatic limit, in milliseconds since 1970. */
export function retryTimeOf(error: unknown): number | undefined {
  if (!hasCode(error, 'oci.pause-too-long')) return undefined;
  const { seconds, minutes } = error.args;
  const wait = typeof seconds === 'number' ? seconds : Number(minutes) * 60;
  return Number.isFinite(wait) ? Date.now() + wait * 1000 : undefined;
}

/** Creates the record of a relocation that the user has just confirmed. */
export function newRecord(
  { name, request, origin, cluster }: RelocationJob,
  view: Pick<PlanSummary, 'root' | 'subset' | 'totals' | 'images' | 'blobs' | 'exact'>,
): RelocationRecord {
  const now = Date.now();
  const { totals, images, blobs, exact } = view;
  const root = requestedDigest(view);
  return {
    id: newId(now),
    name,
    request,
    startedAt: now,
    state: 'waiting',
    changedAt: now,
    attempts: [],
    imagesPresent: totals.images - totals.imagesToCopy,
    presentDigests: images.filter(({ action }) => action === 'present').map(({ digest }) => digest),
    ...(blobs === undefined || !exact ? {} : { agreed: approvedTotals(totals, blobs) }),
    ...(root === undefined ? {} : { root }),
    ...(origin === undefined ? {} : { origin }),
    ...(cluster === undefined ? {} : { cluster: { ...cluster, job: jobName(podRequest(request, view.root)) } }),
  };
}

function approvedTotals(totals: PlanTotals, blobs: readonly PlannedBlobSummary[]): ApprovedTotals {
  const skipped = blobs.filter(({ action }) => action === 'skip').length;
  return { blobs: totals.blobsToCopy, skipped, bytes: totals.bytesToCopy };
}

/** Starts with the time, so that ids sort chronologically. */
export function newId(now: number): string {
  return `${now.toString(36).padStart(8, '0')}-${randomBytes(4).toString('hex')}`;
}
