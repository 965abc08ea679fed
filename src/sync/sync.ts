import { isAbort, isAirgapError } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import type { Digest } from '../oci/digest.ts';
import { parseRepository } from '../oci/reference.ts';
import type { Registries } from '../oci/registries.ts';
import { refusal } from '../relocation/apply-policy.ts';
import type { PlannedRelocation, RelocationEngine } from '../relocation/engine.ts';
import type { RelocationListener } from '../relocation/events.ts';
import { combinePlans } from '../relocation/plan/combined-plan.ts';
import type { CombinedPlan } from '../relocation/plan/combined-plan.ts';
import { hasWork } from '../relocation/plan/plan-summary.ts';
import type { PlanSummary } from '../relocation/plan/plan-summary.ts';
import { unlessHidden } from '../relocation/registry/unless-hidden.ts';
import type { RelocationReport } from '../relocation/report/report.ts';
import { resolveEntries } from './resolve.ts';
import type { Resolution, ResolvedJob } from './resolve.ts';
import type { SyncFile } from './sync-file.ts';
import { withBrought, withEntry } from './sync-lock.ts';
import type { LockedEntry, SyncLock } from './sync-lock.ts';

/** Maximum number of jobs that are compared or planned at once. */
const PARALLEL = 4;

/**
 * `current`: the destination has it; `outdated`: it would be copied; `synced`: it was copied; `stopped`: it was not copied
 * because the sync was stopped.
 */
export type SyncState = 'current' | 'outdated' | 'synced' | 'failed' | 'stopped';

/** What became of an entry at one of its destinations. */
export interface SyncResult {
  readonly entry: string;
  /** Line of the entry in the file, from 1. */
  readonly line: number;
  /** registry/path */
  readonly destination: string;
  readonly state: SyncState;
  /** The source as registry/path, with the tag that was named or selected. Absent if it could not be resolved. */
  readonly source?: string;
  readonly digest?: Digest;
  /** The tag at the destination. */
  readonly tag?: string;
  /** Absent if the lock and one request showed that nothing has changed. */
  readonly plan?: PlanSummary;
  readonly report?: RelocationReport;
  readonly error?: Error;
}

export interface SyncParts {
  readonly file: SyncFile;
  readonly engine: Pick<RelocationEngine, 'plan'>;
  readonly sources: Registries;
  readonly destinations: Registries;
  readonly lock: SyncLock;
  /** A command that every new image must pass (see RelocationOptions); never from the file, which anyone may have written. */
  readonly beforeTag?: string | undefined;
  /** Stores the lock; called before and after each relocation. */
  readonly saveLock: (lock: SyncLock) => Promise<void>;
}

export interface SyncRunOptions {
  /** Ends at once. */
  readonly signal: AbortSignal;
  /** Ends after what is in transit has arrived. */
  readonly pause: AbortSignal;
  readonly onEvent: RelocationListener;
  /** Called with the plan of everything, before anything is copied. */
  readonly onPlanned: (results: readonly SyncResult[], plan: CombinedPlan) => void;
  readonly onResult: (result: SyncResult) => void;
}

/** A resolved job with its open plan. */
interface PlannedJob {
  readonly job: ResolvedJob;
  readonly planned: PlannedRelocation;
}

type Compared = PlannedJob | SyncResult;

/** Syncs the destinations of a file. */
export class Sync {
  readonly #parts: SyncParts;
  #lock: SyncLock;
  /** The lock with the entries that were found complete, which `run` stores. */
  #complete: SyncLock;
  /** Plans that were run, which closes them. */
  readonly #ran = new Set<PlannedRelocation>();

  constructor(parts: SyncParts) {
    this.#parts = parts;
    this.#lock = parts.lock;
    this.#complete = parts.lock;
  }

  /** What is known to be complete, and what was brought. */
  get lock(): SyncLock {
    return this.#lock;
  }

  /**
   * Compares all entries with their destinations and writes nothing.
   * @param depth `show` also plans which blobs are missing
   */
  async compare(
    depth: 'run' | 'show',
    { signal, onEvent }: Pick<SyncRunOptions, 'signal' | 'onEvent'>,
  ): Promise<{ readonly results: readonly SyncResult[]; readonly plan: CombinedPlan }> {
    const compared = await this.#compare(depth, signal, onEvent);
    await this.#close(compared);
    const results = compared.map(resultOf);
    return { results, plan: combinePlans(plansOf(results)) };
  }

  /**
   * Copies what is missing, one entry after the other. A failure is the result of its entry, and the others go on.
   * @returns one result per entry and destination, in the order of the file
   */
  async run({ signal, pause, onEvent, onPlanned, onResult }: SyncRunOptions): Promise<readonly SyncResult[]> {
    const stop = AbortSignal.any([signal, pause]);
    const compared = await this.#compare('show', stop, onEvent);
    const planned = compared.map(resultOf);
    onPlanned(planned, combinePlans(plansOf(planned)));
    const results: SyncResult[] = [];
    try {
      await this.#saveComplete();
      for (const each of compared) {
        const result = isPlanned(each) ? await this.#copy(each, { signal, pause, onEvent }) : each;
        results.push(result);
        onResult(result);
      }
    } finally {
      await this.#close(compared);
    }
    return results;
  }

  /**
   * Records which entries were found complete, and drops the records of those that the file no longer has; what they
   * brought stays recorded.
   */
  async #saveComplete(): Promise<void> {
    const jobs = new Set(
      this.#parts.file.entries.flatMap(({ name, destinations }) => destinations.map((each) => `${name} ${each}`)),
    );
    const entries = this.#complete.entries.filter(({ name, destination }) => jobs.has(`${name} ${destination}`));
    const isSame = entries.length === this.#lock.entries.length && this.#complete === this.#lock;
    if (!isSame) await this.#save({ ...this.#lock, entries });
  }

  async #compare(depth: 'run' | 'show', signal: AbortSignal, onEvent: RelocationListener): Promise<Compared[]> {
    const { file, sources, beforeTag } = this.#parts;
    const limiter = new Limiter(PARALLEL);
    const compared = new Map<Resolution, Compared>();
    const jobs = await resolveEntries(file.entries, sources, signal, beforeTag);
    try {
      await forEachParallel(jobs, signal, async (job, stop) => {
        const compare = () => this.#compareOne(job, depth, stop, onEvent);
        compared.set(job, await limiter.run(stop, compare));
      });
    } catch (error) {
      await this.#close(compared.values());
      throw error;
    }
    return jobs.flatMap((job) => compared.get(job) ?? []);
  }

  async #compareOne(
    job: Resolution,
    depth: 'run' | 'show',
    signal: AbortSignal,
    onEvent: RelocationListener,
  ): Promise<Compared> {
    if ('error' in job) return { ...factsOf(job), state: 'failed', error: job.error };
    try {
      if (await this.#isKnownCurrent(job, signal)) return { ...factsOf(job), state: 'current' };
      const planned = await this.#parts.engine.plan(job.request, { signal, onEvent, depth });
      if (isOutdated(planned.view)) return { job, planned };
      await planned.close();
      // A new lock learns that the entry is complete; what was there before is not recorded as brought.
      this.#complete = withEntry(this.#complete, lockedEntry(job, planned.view));
      return { ...factsOf(job), state: 'current', plan: planned.view };
    } catch (error) {
      return failureOf(job, error, signal);
    }
  }

  /**
   * Whether the lock says that the same content was complete at the destination, and the tag there still points to it.
   * What depends on more than the digest (signatures that come later, a policy that changes) is always compared.
   */
  async #isKnownCurrent(job: ResolvedJob, signal: AbortSignal): Promise<boolean> {
    const { cosignSignatures, referrers, policy } = job.entry.options;
    if (cosignSignatures === true || referrers === true || policy !== undefined) return false;
    const known = this.#lock.entries.find(
      ({ name, destination }) => name === job.entry.name && destination === job.destination,
    );
    if (known?.digest !== job.digest || known.request !== job.fingerprint) return false;
    const expected = known.subset ?? known.digest;
    const { registry, path } = parseRepository(job.destination);
    const client = this.#parts.destinations.client(registry);
    const head = await unlessHidden(() => client.headManifest(path, job.tag ?? expected, signal));
    return head?.digest === expected;
  }

  async #copy(
    { job, planned }: PlannedJob,
    { signal, pause, onEvent }: Pick<SyncRunOptions, 'signal' | 'pause' | 'onEvent'>,
  ): Promise<SyncResult> {
    const facts = { ...factsOf(job), plan: planned.view };
    try {
      signal.throwIfAborted();
      pause.throwIfAborted();
      await this.#saveIntent(job, planned.view);
      this.#ran.add(planned);
      const report = await planned.run({ signal, pause, onEvent });
      if (report.failed.length > 0) return { ...facts, state: 'failed', report };
      await this.#save(withEntry(this.#lock, lockedEntry(job, planned.view)));
      return { ...facts, state: 'synced', report };
    } catch (error) {
      if (isAbort(error)) return { ...facts, state: 'stopped' };
      return { ...facts, ...failureOf(job, error, signal) };
    }
  }

  /** Before anything is written, so that what a killed process brought is recorded too. */
  async #saveIntent({ destination }: ResolvedJob, { images, tags }: PlanSummary): Promise<void> {
    const known = this.#lock.brought.get(destination)?.tags;
    const missing = images.filter(({ action }) => action === 'copy').map(({ digest }) => digest);
    const own = tags.filter(({ name, current }) => current === undefined || known?.has(name) === true);
    await this.#save(
      withBrought(
        this.#lock,
        destination,
        missing,
        own.map(({ name, digest }) => [name, digest] as const),
      ),
    );
  }

  async #close(compared: Iterable<Compared>): Promise<void> {
    for (const each of compared) if (isPlanned(each) && !this.#ran.has(each.planned)) await each.planned.close();
  }

  async #save(lock: SyncLock): Promise<void> {
    if (lock === this.#lock) return;
    this.#lock = lock;
    await this.#parts.saveLock(lock);
  }
}

/** In mode `warn`, the policy is only reported. */
function isOutdated(view: PlanSummary): boolean {
  const { policy, ...rest } = view;
  return hasWork(policy?.mode === 'warn' ? rest : view);
}

function isPlanned(each: Compared): each is PlannedJob {
  return 'planned' in each;
}

function resultOf(each: Compared): SyncResult {
  if (!isPlanned(each)) return each;
  const { job, planned } = each;
  const error = planned.view.policy?.mode === 'enforce' ? refusal(planned.view) : undefined;
  if (error !== undefined) return { ...factsOf(job), state: 'failed', plan: planned.view, error };
  return { ...factsOf(job), state: 'outdated', plan: planned.view };
}

function plansOf(results: readonly SyncResult[]): PlanSummary[] {
  return results.flatMap(({ plan }) => plan ?? []);
}

function factsOf(job: Resolution): Omit<SyncResult, 'state'> {
  const { entry, destination } = job;
  const facts = { entry: entry.name, line: entry.line, destination };
  if ('error' in job) return facts;
  const { source, digest, tag } = job;
  return { ...facts, source, digest, ...(tag === undefined ? {} : { tag }) };
}

/** @throws anything that is not a failure of this entry alone */
function failureOf(job: ResolvedJob, error: unknown, signal: AbortSignal): SyncResult {
  if (signal.aborted || isAbort(error) || !isAirgapError(error)) throw error;
  return { ...factsOf(job), state: 'failed', error };
}

function lockedEntry(
  { entry, destination, source, digest, tag, fingerprint }: ResolvedJob,
  plan: PlanSummary,
): LockedEntry {
  const root = plan.root?.digest;
  return {
    name: entry.name,
    destination,
    source,
    digest,
    request: fingerprint,
    ...(root === undefined || root === digest ? {} : { subset: root }),
    ...(tag === undefined ? {} : { tag }),
  };
}
