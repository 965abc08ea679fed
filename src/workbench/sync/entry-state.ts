import type { CombinedPlan } from '../../relocation/plan/combined-plan.ts';
import type { LockedEntry, SyncLock } from '../../sync/sync-lock.ts';
import type { SyncEntry } from '../../sync/sync-file.ts';
import type { SyncResult } from '../../sync/sync-result.ts';
import { shortDigest } from '../text/formatting.ts';

/** What the last plan or sync of a file in this window found. */
export interface SyncOutcome {
  readonly kind: 'plan' | 'sync';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly results: readonly SyncResult[];
  /** The entries as they were then, by name. */
  readonly entries: ReadonlyMap<string, SyncEntry>;
  /** The plan of everything. */
  readonly plan: CombinedPlan;
  /** The lock after it. */
  readonly lock: SyncLock;
}

/** What is known, without a request, about an entry at one of its destinations. */
export type EntryState =
  /** No plan since it was written, and no sync has completed it. */
  | { readonly kind: 'never' }
  /** A sync completed it; whether there is something newer was not asked since. */
  | { readonly kind: 'copied'; readonly version: string }
  | { readonly kind: 'current'; readonly version: string }
  | {
      readonly kind: 'outdated';
      readonly version: string;
      /** The version of the last sync; absent if there was none. */
      readonly before?: string;
      readonly images: number;
      readonly bytes: number;
    }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly error?: Error; readonly images: number };

/** The state of an entry at each destination, in the order of the file. */
export function statesOf(entry: SyncEntry, lock: SyncLock, outcome: SyncOutcome | undefined): readonly EntryState[] {
  const known = outcome?.entries.get(entry.name);
  const isSame = known !== undefined && contentOf(known) === contentOf(entry);
  return entry.destinations.map((destination) => {
    const locked = lockedIn(lock, entry.name, destination);
    // With another record in the lock, another process has synced it since.
    const isLatest =
      isSame && JSON.stringify(locked) === JSON.stringify(lockedIn(outcome?.lock, entry.name, destination));
    const result = outcome?.results.find((each) => each.entry === entry.name && each.destination === destination);
    return result === undefined || !isLatest ? lockedState(locked) : resultState(result, locked);
  });
}

function lockedIn(lock: SyncLock | undefined, name: string, destination: string): LockedEntry | undefined {
  return lock?.entries.find((each) => each.name === name && each.destination === destination);
}

/** An entry apart from where it is in the file. */
function contentOf(entry: SyncEntry): string {
  return JSON.stringify({ ...entry, line: 0 });
}

function lockedState(locked: LockedEntry | undefined): EntryState {
  return locked === undefined ? { kind: 'never' } : { kind: 'copied', version: versionOf(locked) };
}

function resultState(result: SyncResult, locked: LockedEntry | undefined): EntryState {
  const { state, plan, report, error } = result;
  if (state === 'stopped') return { kind: 'stopped' };
  if (state === 'failed') {
    return { kind: 'failed', images: report?.failed.length ?? 0, ...(error === undefined ? {} : { error }) };
  }
  const version = versionOf(result);
  if (state !== 'outdated') return { kind: 'current', version };
  const { imagesToCopy = 0, bytesToCopy = 0 } = plan?.totals ?? {};
  const before = locked === undefined || locked.digest === result.digest ? undefined : versionOf(locked);
  const isMoved = before === version;
  return {
    kind: 'outdated',
    version: isMoved && result.digest !== undefined ? `${version} (${shortDigest(result.digest)})` : version,
    ...(before === undefined || locked === undefined
      ? {}
      : { before: isMoved ? `${before} (${shortDigest(locked.digest)})` : before }),
    images: imagesToCopy,
    bytes: bytesToCopy,
  };
}

/** Whether two results are about the same entry at the same destination. */
export function isSameJob(one: SyncResult, other: SyncResult): boolean {
  return one.entry === other.entry && one.destination === other.destination;
}

/** The tag of a source, or the beginning of its digest. */
export function versionOf({
  source = '',
  digest = '',
}: {
  readonly source?: string;
  readonly digest?: string;
}): string {
  const tag = /:([^/:]+)$/.exec(source)?.[1];
  return tag ?? shortDigest(digest);
}
