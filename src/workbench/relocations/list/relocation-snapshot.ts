import type { RelocationRecord } from './record.ts';
import type { LiveState, RelocationAttempt } from './relocation-attempt.ts';

/** A relocation as it is now. */
export interface RelocationSnapshot {
  readonly record: RelocationRecord;
  /** Another window works on it. */
  readonly isElsewhere: boolean;
  /** Only of one that this window works on. */
  readonly live: LiveState | undefined;
}

/** The same as the list keeps it. */
export interface RelocationEntry {
  record: RelocationRecord;
  isElsewhere: boolean;
  attempt?: RelocationAttempt | undefined;
  /** This window has its journal for a moment. */
  isClaimed?: boolean;
  /** performance.now() of the last change by this window: what was read from disk before is older. */
  touchedAt: number;
}

export function toSnapshot({ record, isElsewhere, attempt }: RelocationEntry): RelocationSnapshot {
  return { record, isElsewhere, live: attempt?.live };
}
