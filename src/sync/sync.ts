import { isAbort } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { parseRepository } from '../oci/reference.ts';
import type { PlannedRelocation } from '../relocation/engine.ts';
import type { RelocationListener } from '../relocation/events.ts';
import { combinePlans } from '../relocation/plan/combined-plan.ts';
import type { CombinedPlan } from '../relocation/plan/combined-plan.ts';
import type { PlanSummary } from '../relocation/plan/plan-summary.ts';
import { unlessHidden } from '../relocation/registry/unless-hidden.ts';
import type { RequestResult } from '../relocation/job/job-results.ts';
import type { RelocationRequest } from '../relocation/request/request.ts';
import { syncError } from './errors.ts';
import { resolveEntries } from './resolve.ts';
import type { Resolution, ResolvedJob } from './resolve.ts';
import { withBrought, withEntry } from './sync-lock.ts';
import type { SyncLock } from './sync-lock.ts';
import { factsOf, failureOf, isOutdated, isPlanned, lockedEntry, plansOf, resultOf } from './sync-result.ts';
import type { Compared, PlannedJob, SyncResult } from './sync-result.ts';
import type { Delegation, SyncParts, SyncRunOptions } from './sync-options.ts';

/** Maximum number of jobs that are compared or planned at once. */
const PARALLEL = 4;

/** Syncs the destinations of a file. */
export class Sync<Planned extends PlannedRelocation = PlannedRelocation> {
  readonly #parts: SyncParts<Planned>;
  #lock: SyncLock;
  /** The lock with the entries that were found complete, which `run` stores. */
  #complete: SyncLock;
  /** Plans that were run, which closes them. */
  readonly #ran = new Set<Planned>();
  /** What the last comparison has resolved. */
  #requests: readonly RelocationRequest[] = [];

  constructor(parts: SyncParts<Planned>) {
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
    const results: SyncResult[] = [];
    try {
      await onPlanned(planned, combinePlans(plansOf(planned)));
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
   * Like `run`, but everything that is missing is relocated at once, by something else.
   * @returns undefined if nothing is relocated now
   */
  async delegate({
    signal,
    onEvent,
    onPlanned,
    onResult,
    relocate,
  }: Delegation<Planned>): Promise<readonly SyncResult[] | undefined> {
    const compared = await this.#compare('show', signal, onEvent);
    try {
      const planned = compared.map(resultOf);
      await onPlanned(planned, combinePlans(plansOf(planned)));
      const needed = compared.filter(isPlanned).filter((each) => resultOf(each).state === 'outdated');
      const begin = async (): Promise<void> => {
        await this.#saveComplete();
        for (const { job, planned: each } of needed) await this.#saveIntent(job, each.view);
      };
      if (needed.length === 0) await begin();
      const relocations = needed.map(({ job, planned: each }) => ({ request: job.request, planned: each }));
      const found = needed.length === 0 ? [] : await relocate(relocations, this.#requests, begin);
      if (found === undefined) return undefined;
      const results: SyncResult[] = [];
      for (const [index, each] of compared.entries()) {
        const position = isPlanned(each) ? needed.indexOf(each) : -1;
        const known = planned[index];
        const result =
          isPlanned(each) && position >= 0 ? await this.#conclude(each, found[position], { signal, onEvent }) : known;
        if (result === undefined) continue;
        results.push(result);
        onResult(result);
      }
      return results;
    } finally {
      await this.#close(compared);
    }
  }

  /** @param found what is known of the relocation; if nothing is, the destination is asked */
  async #conclude(
    { job, planned }: PlannedJob<Planned>,
    found: RequestResult | undefined,
    options: Pick<SyncRunOptions, 'signal' | 'onEvent'>,
  ): Promise<SyncResult> {
    const facts = { ...factsOf(job), plan: planned.view };
    try {
      const result = found ?? (await this.#examine(job, options));
      if ('error' in result) return { ...facts, state: 'failed', error: result.error };
      const { policy } = planned.view;
      const report = { ...result.report, ...(policy === undefined ? {} : { policy }) };
      if (report.failed.length > 0) return { ...facts, state: 'failed', report };
      await this.#save(withEntry(this.#lock, lockedEntry(job, planned.view)));
      return { ...facts, state: 'synced', report };
    } catch (error) {
      return { ...facts, ...failureOf(job, error, options.signal) };
    }
  }

  async #examine(
    { request, destination }: ResolvedJob,
    options: Pick<SyncRunOptions, 'signal' | 'onEvent'>,
  ): Promise<RequestResult> {
    const planned = await this.#parts.engine.plan(request, { ...options, depth: 'run' });
    if (!isOutdated(planned.view)) return { report: await planned.run(options) };
    await planned.close();
    return { error: syncError('unfinished', { repository: destination }) };
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

  async #compare(
    depth: 'run' | 'show',
    signal: AbortSignal,
    onEvent: RelocationListener,
  ): Promise<Compared<Planned>[]> {
    const { file, sources, beforeTag } = this.#parts;
    const limiter = new Limiter(PARALLEL);
    const compared = new Map<Resolution, Compared<Planned>>();
    const jobs = await resolveEntries(file.entries, sources, signal, beforeTag);
    this.#requests = jobs.flatMap((job) => ('error' in job ? [] : job.request));
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
  ): Promise<Compared<Planned>> {
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
    if (this.#parts.isGated === true) return false;
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
    { job, planned }: PlannedJob<Planned>,
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

  async #close(compared: Iterable<Compared<Planned>>): Promise<void> {
    for (const each of compared) if (isPlanned(each) && !this.#ran.has(each.planned)) await each.planned.close();
  }

  async #save(lock: SyncLock): Promise<void> {
    if (lock === this.#lock) return;
    this.#lock = lock;
    await this.#parts.saveLock(lock);
  }
}
