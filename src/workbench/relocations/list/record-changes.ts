import { isActive } from './record.ts';
import type { AttemptFigures, AttemptNote, Figures, RelocationRecord } from './record.ts';

const NOTHING: AttemptFigures = { bytesSent: 0, brought: { copied: 0, mounted: 0, bytes: 0 }, blobsTotal: 0 };

/** A state, with what belongs to it and goes with it. */
export type StateChange = Pick<RelocationRecord, 'state' | 'changedAt' | 'error' | 'report' | 'until'>;

export function inState(record: RelocationRecord, to: StateChange): RelocationRecord {
  const { error: _error, report: _report, until: _until, isAnswered: _answered, ...kept } = record;
  return { ...kept, ...to, attempts: attemptsIn(record.attempts, to) };
}

/** @param done by the attempt that is under way, so far */
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
    brought: done.brought,
    blobsTotal: Math.max(open.blobsTotal, done.blobsTotal),
  }));
  return { ...record, figures, attempts };
}

/** An attempt begins with its turn. One that has no end when the next waits for its turn was interrupted. */
function attemptsIn(attempts: readonly AttemptNote[], { state, changedAt: at }: StateChange): readonly AttemptNote[] {
  const closed = changeOpen(attempts, (open) =>
    isActive(state) ? { ...open, end: 'interrupted' } : { ...open, lastAt: at, end: state },
  );
  return state === 'running' ? [...closed, { startedAt: at, lastAt: at, ...NOTHING }] : closed;
}

function changeOpen(
  attempts: readonly AttemptNote[],
  change: (open: AttemptNote) => AttemptNote,
): readonly AttemptNote[] {
  const last = attempts.at(-1);
  return last === undefined || last.end !== undefined ? attempts : [...attempts.slice(0, -1), change(last)];
}
