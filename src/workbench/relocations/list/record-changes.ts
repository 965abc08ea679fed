import { isActive } from './record.ts';
import type { AttemptNote, Figures, RelocationRecord } from './record.ts';

/** A state, with what belongs to it and goes with it. */
export type StateChange = Pick<RelocationRecord, 'state' | 'changedAt' | 'error' | 'report' | 'until'>;

export function inState(record: RelocationRecord, to: StateChange): RelocationRecord {
  const { error: _error, report: _report, until: _until, isAnswered: _answered, ...kept } = record;
  return { ...kept, ...to, attempts: attemptsIn(record.attempts, to) };
}

/** @param bytesSent by the attempt that is under way, so far */
export function withFigures(
  record: RelocationRecord,
  figures: Figures,
  bytesSent: number,
  lastAt: number,
): RelocationRecord {
  const attempts = changeOpen(record.attempts, (open) => ({
    ...open,
    lastAt: Math.max(open.lastAt, lastAt),
    bytesSent: Math.max(open.bytesSent, bytesSent),
  }));
  return { ...record, figures, attempts };
}

/** An attempt begins with its turn. One that has no end when the next waits for its turn was interrupted. */
function attemptsIn(attempts: readonly AttemptNote[], { state, changedAt: at }: StateChange): readonly AttemptNote[] {
  const closed = changeOpen(attempts, (open) =>
    isActive(state) ? { ...open, end: 'interrupted' } : { ...open, lastAt: at, end: state },
  );
  return state === 'running' ? [...closed, { startedAt: at, lastAt: at, bytesSent: 0 }] : closed;
}

function changeOpen(
  attempts: readonly AttemptNote[],
  change: (open: AttemptNote) => AttemptNote,
): readonly AttemptNote[] {
  const last = attempts.at(-1);
  return last === undefined || last.end !== undefined ? attempts : [...attempts.slice(0, -1), change(last)];
}
