import type { RelocationRecord } from './record.ts';
import type { LiveState, RelocationAttempt } from './relocation-attempt.ts';

/** A relocation at this moment. */
export interface RelocationSnapshot {
  readonly record: RelocationRecord;
  /** Another window runs it. */
  readonly isElsewhere: boolean;
  /** Set only if this window runs it. */
  readonly live: LiveState | undefined;
}

/** A relocation as the list stores it. */
export interface RelocationEntry {
  record: RelocationRecord;
  isElsewhere: boolean;
  attempt?: RelocationAttempt | undefined;
  /** This window holds its journal for a short operation. */
  isClaimed?: boolean;
  /** performance.now() of the last change by this window; data read from disk earlier is outdated. */
  touchedAt: number;
}

export function toSnapshot({ record, isElsewhere, attempt }: RelocationEntry): RelocationSnapshot {
  return { record, isElsewhere, live: attempt?.live };
}
