import { isActive } from './record.ts';
import type { RelocationState } from './record.ts';
import type { RelocationSnapshot } from './relocation.ts';

/** How many of those that have ended are remembered. */
const MOST_ENDED = 20;

/** What is under way first, then what waits for a decision, then what has ended; of these the newest first. */
export function compareRelocations({ record: a }: RelocationSnapshot, { record: b }: RelocationSnapshot): number {
  const rank = rankOf(a.state) - rankOf(b.state);
  if (rank !== 0) return rank;
  return isActive(a.state) ? a.startedAt - b.startedAt : b.changedAt - a.changedAt;
}

/** The ids of those that are too many to remember. */
export function surplusOf(ordered: readonly RelocationSnapshot[]): string[] {
  const ended = ordered.filter(({ record }) => rankOf(record.state) === 2);
  return ended.slice(MOST_ENDED).map(({ record }) => record.id);
}

function rankOf(state: RelocationState): 0 | 1 | 2 {
  if (isActive(state)) return 0;
  return state === 'paused' || state === 'interrupted' ? 1 : 2;
}
