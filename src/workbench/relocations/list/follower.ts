import type { RelocationListener } from '../../../relocation/events.ts';
import type { Outcome } from './relocation-attempt.ts';

/** Somebody who watches a relocation from its start to its first end, and tells that end: no notification does then. */
export interface RelocationObserver {
  readonly onEvent: RelocationListener;
  readonly ended: (outcome: Outcome) => void;
}
