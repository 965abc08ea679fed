import type { PlannedRelocation, RelocationEngine } from '../../../relocation/engine.ts';
import type { MarkedEvent, RelocationEvent } from '../../../relocation/events.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import { defined } from '../../../base/json.ts';
import { jobKey } from '../relocation-job.ts';
import type { RelocationJob } from '../relocation-job.ts';
import { Listeners } from './listeners.ts';
import { newRecord, endState, withMark, withState, withProgress } from './record-changes.ts';
import type { StateChange } from './record-changes.ts';
import { isActive, isResumable } from './record.ts';
import { toSnapshot, RelocationAttempt } from './relocation-attempt.ts';
import type { RelocationRecord, RelocationState } from './record.ts';
import type {
  RelocationSnapshot,
  RelocationEntry,
  RelocationObserver,
  AttemptStart,
  Outcome,
} from './relocation-attempt.ts';
import type { RelocationJournal } from './relocation-journal.ts';
import type { RelocationStore } from './relocation-store.ts';
import { Limiter } from '../../../base/limiter.ts';
import type { ClusterEngine, ClusterPlace } from '../../../jobs/cluster-engine.ts';
import { mergeAttemptReports } from './merge-attempt-reports.ts';

/** Number of ended relocations to keep. */
const MAX_ENDED = 20;

export interface RelocationsOptions {
  readonly engine: Pick<RelocationEngine, 'plan' | 'discard'>;
  /** The engine for relocations in a cluster. */
  readonly inCluster: (place: ClusterPlace, isFollowing?: boolean) => Pick<ClusterEngine, 'plan' | 'discard'>;
  readonly store: RelocationStore;
  readonly slots: Limiter;
  readonly onEvent: (name: string, event: RelocationEvent) => void;
  /** Describes a retry or a wait in the language of the user. */
  readonly describe: (event: MarkedEvent) => string;
  /** Called once for each attempt that ended. `isObserved`: an observer reports it to the user. */
  readonly ended: (relocation: RelocationSnapshot, outcome: Outcome, isObserved: boolean) => void;
  /** Called for interrupted relocations about which the user was not asked yet. */
  readonly interrupted: (relocations: readonly RelocationSnapshot[]) => void;
  readonly problem: (error: unknown) => void;
}

/** The relocations of all windows and the operations on them. */
export class Relocations {
  readonly #options: RelocationsOptions;
  readonly #changes = new Listeners<string | undefined>();
  readonly #tracked = new Map<string, RelocationEntry>();
  #isDisposed = false;

  constructor(options: RelocationsOptions) {
    this.#options = options;
  }

  /** The listener receives the id of the changed relocation, or undefined if the list changed. */
  onDidChange(listener: (id: string | undefined) => void): { dispose(): void } {
    return this.#changes.add(listener);
  }

  /** Sorted: running, then resumable, then ended, newest first. */
  all(): RelocationSnapshot[] {
    return [...this.#tracked.values()].map(toSnapshot).sort(compareRelocations);
  }

  get(id: string): RelocationSnapshot | undefined {
    const tracked = this.#tracked.get(id);
    return tracked === undefined ? undefined : toSnapshot(tracked);
  }

  /** Whether any window is already running the same relocation to the same destination. */
  isUnderWay(job: RelocationJob): boolean {
    return [...this.#tracked.values()].some(({ record }) => isActive(record.state) && jobKey(record) === jobKey(job));
  }

  /** Whether a new relocation would start immediately. */
  get hasRoom(): boolean {
    return this.#options.slots.hasRoom;
  }

  /** Runs a confirmed plan as soon as a slot is free. Resolves with the id. */
  async start(job: RelocationJob, planned: PlannedRelocation, observer?: RelocationObserver): Promise<string> {
    const record = newRecord(job, planned.view);
    const tracked: RelocationEntry = { record, isElsewhere: false, isClaimed: true, touchedAt: performance.now() };
    await this.#forgetStopped(record);
    this.#tracked.set(record.id, tracked);
    // The relocation runs even if the list cannot be stored.
    const journal = await this.#options.store.claim(record).catch((error: unknown) => {
      this.#options.problem(error);
      return undefined;
    });
    void this.#attempt(tracked, journal, { planned, observer });
    tracked.isClaimed = false;
    return record.id;
  }

  /**
   * Creates a new plan and resumes without confirmation.
   * @param notBefore the earliest start in milliseconds since 1970
   * @throws workbench.relocation-elsewhere
   */
  resume(id: string, notBefore?: number): Promise<void> {
    return this.#resume(id, notBefore === undefined ? {} : { notBefore });
  }

  async #resume(id: string, start: AttemptStart): Promise<void> {
    const tracked = this.#resumable(id);
    if (tracked === undefined) return;
    await this.#withJournal(tracked, (journal) => {
      void this.#attempt(tracked, journal, start);
      return Promise.resolve();
    });
  }

  /** See `RelocationAttempt.stop`. */
  stop(id: string, as: 'paused' | 'cancelled'): void {
    this.#tracked.get(id)?.attempt?.stop(as);
    this.#changes.emit(undefined);
  }

  /**
   * Deletes the data for resuming and removes the relocation from the list.
   * @throws workbench.relocation-elsewhere
   */
  async discard(id: string, signal: AbortSignal): Promise<void> {
    const tracked = this.#resumable(id);
    if (tracked === undefined) return;
    await this.#withJournal(tracked, async (journal) => {
      try {
        const { cluster, request } = tracked.record;
        if (cluster === undefined) await this.#options.engine.discard(request.destination, { signal });
        else await this.#options.inCluster(cluster).discard(cluster.job, request.destination, { signal });
      } finally {
        await journal.close();
      }
    });
    await this.remove(id);
  }

  /** Removes relocations from the list unless a window runs them. */
  async remove(...ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const tracked = this.#tracked.get(id);
      if (tracked === undefined || tracked.attempt !== undefined) continue;
      if (await this.#options.store.remove(id)) this.#tracked.delete(id);
    }
    this.#changes.emit(undefined);
  }

  /** Records that the user has answered whether to resume interrupted relocations. */
  async answered(ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      const tracked = this.#tracked.get(id);
      if (tracked === undefined || tracked.attempt !== undefined) continue;
      // If another window has resumed it, there is nothing left to ask.
      await this.#withJournal(tracked, async (journal) => {
        journal.answered();
        await journal.close();
      }).catch(this.#options.problem);
    }
  }

  /** Reads what other and earlier windows have written. */
  async refresh(): Promise<void> {
    const began = performance.now();
    const stored = await this.#options.store.all();
    if (this.#isDisposed) return;
    const ownedHere = (tracked: RelocationEntry | undefined): boolean =>
      tracked !== undefined &&
      (tracked.attempt !== undefined || tracked.isClaimed === true || tracked.touchedAt >= began);
    const interrupted: RelocationSnapshot[] = [];
    const left: string[] = [];
    let hasChanged = false;
    for (const { record, isElsewhere } of stored) {
      const known = this.#tracked.get(record.id);
      if (ownedHere(known) || (known?.record === record && known.isElsewhere === isElsewhere)) continue;
      if (record.state === 'interrupted' && known?.record.state === 'interrupted') continue;
      const tracked = Object.assign(known ?? { touchedAt: 0 }, { record, isElsewhere });
      this.#tracked.set(record.id, tracked);
      hasChanged = true;
      if (record.state !== 'interrupted' || record.isAnswered === true) continue;
      if (record.cluster === undefined) interrupted.push(toSnapshot(tracked));
      else left.push(record.id);
    }
    const ids = new Set(stored.map(({ record }) => record.id));
    for (const [id, tracked] of this.#tracked) {
      if (!ids.has(id) && !ownedHere(tracked)) hasChanged = this.#tracked.delete(id) || hasChanged;
    }
    if (hasChanged) this.#changes.emit(undefined);
    // Nothing was interrupted in the cluster: the Job only has nobody who follows it.
    for (const id of left) void this.#resume(id, { isFollowing: true }).catch(this.#options.problem);
    if (interrupted.length > 0) this.#options.interrupted(interrupted);
  }

  /** Running relocations become interrupted and nothing more is written. */
  dispose(): void {
    this.#isDisposed = true;
  }

  async #attempt(tracked: RelocationEntry, journal: RelocationJournal | undefined, start: AttemptStart): Promise<void> {
    const { engine, inCluster, slots, store, onEvent, ended } = this.#options;
    const { cluster } = tracked.record;
    const attempt = new RelocationAttempt({
      ...start,
      record: tracked.record,
      engine: cluster === undefined ? engine : inCluster(cluster, start.isFollowing),
      // A Job takes nothing from this machine.
      slots: cluster === undefined ? slots : new Limiter(1),
      receipt: store.receiptFile(tracked.record),
      onStart: () => this.#move(tracked, journal, { state: 'running' }),
      onFigures: (figures, done) => {
        tracked.record = withProgress(tracked.record, figures, done, Date.now());
        journal?.figures(tracked.record);
      },
      onEvent: (event) => {
        onEvent(tracked.record.name, event);
        if (event.type === 'retry' || event.type === 'pause') this.#mark(tracked, journal, event);
        this.#changes.emit(tracked.record.id);
      },
      onTick: () => this.#changes.emit(tracked.record.id),
    });
    tracked.attempt = attempt;
    const { notBefore: until, observer } = start;
    this.#move(tracked, journal, until === undefined ? { state: 'waiting' } : { state: 'delayed', until });
    const last = await attempt.run();
    if (this.#isDisposed) {
      tracked.attempt = undefined;
      return journal?.abandon();
    }
    const outcome =
      last.kind === 'finished' ? { ...last, report: mergeAttemptReports(last.report, tracked.record) } : last;
    journal?.figures(tracked.record, true);
    journal?.transfer(tracked.record);
    this.#move(tracked, journal, endState(outcome));
    await journal?.close();
    tracked.attempt = undefined;
    tracked.touchedAt = performance.now();
    this.#changes.emit(undefined);
    ended(toSnapshot(tracked), outcome, observer !== undefined);
    observer?.ended(outcome);
    if (outcome.kind === 'interrupted') this.#options.interrupted([toSnapshot(tracked)]);
    await this.remove(...endedBeyondLimit(this.all()));
  }

  #move(tracked: RelocationEntry, journal: RelocationJournal | undefined, to: Omit<StateChange, 'changedAt'>): void {
    tracked.record = withState(tracked.record, { ...to, changedAt: Date.now() });
    tracked.touchedAt = performance.now();
    // An interruption is not written: it is recognized by a missing end.
    if (to.state !== 'interrupted') journal?.state(tracked.record);
    this.#changes.emit(undefined);
  }

  #mark(tracked: RelocationEntry, journal: RelocationJournal | undefined, event: MarkedEvent): void {
    const before = tracked.record.transfer;
    const kind = event.type === 'retry' ? 'retry' : 'wait';
    const { seconds } = event;
    const mark = { kind, time: Date.now(), text: this.#options.describe(event), ...defined({ seconds }) } as const;
    tracked.record = withMark(tracked.record, mark);
    if (tracked.record.transfer !== undefined) journal?.mark(before, tracked.record.transfer);
  }

  #resumable(id: string): RelocationEntry | undefined {
    const tracked = this.#tracked.get(id);
    if (tracked === undefined || tracked.attempt !== undefined || tracked.isClaimed === true) return undefined;
    return isResumable(tracked.record.state) ? tracked : undefined;
  }

  /** @throws workbench.relocation-elsewhere */
  async #withJournal(
    tracked: RelocationEntry,
    operation: (journal: RelocationJournal) => Promise<void>,
  ): Promise<void> {
    tracked.isClaimed = true;
    try {
      const journal = await this.#options.store.claim(tracked.record);
      if (journal === undefined) throw workbenchError('relocation-elsewhere', { name: tracked.record.name });
      await operation(journal);
    } finally {
      tracked.isClaimed = false;
      tracked.touchedAt = performance.now();
    }
  }

  /** A new relocation takes over the partial content of a stopped one with the same job. */
  async #forgetStopped(record: RelocationRecord): Promise<void> {
    const same = this.all().filter((each) => isResumable(each.record.state) && jobKey(each.record) === jobKey(record));
    await this.remove(...same.map((each) => each.record.id));
  }
}

/** Sorts active relocations first, then resumable ones, then ended ones, the newest first. */
function compareRelocations({ record: a }: RelocationSnapshot, { record: b }: RelocationSnapshot): number {
  const rank = rankOf(a.state) - rankOf(b.state);
  if (rank !== 0) return rank;
  return isActive(a.state) ? a.startedAt - b.startedAt : b.changedAt - a.changedAt;
}

/** The ids of the oldest ended relocations beyond the limit. */
function endedBeyondLimit(ordered: readonly RelocationSnapshot[]): string[] {
  const ended = ordered.filter(({ record }) => rankOf(record.state) === 2);
  return ended.slice(MAX_ENDED).map(({ record }) => record.id);
}

function rankOf(state: RelocationState): 0 | 1 | 2 {
  if (isActive(state)) return 0;
  return state === 'paused' || state === 'interrupted' ? 1 : 2;
}
