import type { RelocationRecord } from './record.ts';

/** A state, with what belongs to it and goes with it. */
export type StateChange = Pick<RelocationRecord, 'state' | 'changedAt' | 'error' | 'report' | 'until'>;

export function inState(record: RelocationRecord, to: StateChange): RelocationRecord {
  const { error: _error, report: _report, until: _until, isAnswered: _answered, ...kept } = record;
  return { ...kept, ...to };
}
