import type { Registries } from '../oci/registries.ts';
import type { PlannedRelocation, RelocationEngine } from '../relocation/engine.ts';
import type { RelocationListener } from '../relocation/events.ts';
import type { RequestResult } from '../relocation/job/job-results.ts';
import type { CombinedPlan } from '../relocation/plan/combined-plan.ts';
import type { RelocationRequest } from '../relocation/request/request.ts';
import type { SyncFile } from './sync-file.ts';
import type { SyncLock } from './sync-lock.ts';
import type { SyncResult } from './sync-result.ts';

type Plan<Planned> = (...args: Parameters<RelocationEngine['plan']>) => Promise<Planned>;

export interface SyncParts<Planned extends PlannedRelocation = PlannedRelocation> {
  readonly file: SyncFile;
  readonly engine: { readonly plan: Plan<Planned> };
  readonly sources: Registries;
  readonly destinations: Registries;
  readonly lock: SyncLock;
  /** A command that every new image must pass (see RelocationOptions); never from the file, which anyone may have written. */
  readonly beforeTag?: string | undefined;
  /** A policy applies that the file does not name, so that everything is always compared. */
  readonly isGated?: boolean;
  /** Stores the lock; called before and after each relocation. */
  readonly saveLock: (lock: SyncLock) => Promise<void>;
}

export interface SyncRunOptions {
  /** Ends at once. */
  readonly signal: AbortSignal;
  /** Ends after what is in transit has arrived. */
  readonly pause: AbortSignal;
  readonly onEvent: RelocationListener;
  /** Called with the plan of everything, before anything is copied. If it rejects, nothing is, and the call rejects too. */
  readonly onPlanned: (results: readonly SyncResult[], plan: CombinedPlan) => void | Promise<void>;
  readonly onResult: (result: SyncResult) => void;
}

/** A relocation that is needed. */
export interface NeededRelocation<Planned> {
  readonly request: RelocationRequest;
  /** Open while it is relocated. */
  readonly planned: Planned;
}

/** What relocates instead of the engine. */
export interface Delegation<Planned> extends Omit<SyncRunOptions, 'pause'> {
  /**
   * @param all the requests of the file, also those that are complete
   * @param begin must be called before anything is written
   * @returns one result per needed relocation, undefined if it is not known; or undefined if nothing is relocated now
   */
  readonly relocate: (
    needed: readonly NeededRelocation<Planned>[],
    all: readonly RelocationRequest[],
    begin: () => Promise<void>,
  ) => Promise<readonly (RequestResult | undefined)[] | undefined>;
}
