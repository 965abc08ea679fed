import { setTimeout as wait } from 'node:timers/promises';

import { abortError, hasCode, isAbort } from '../base/errors.ts';
import type { ClusterSession } from '../cluster/api.ts';
import type { Job } from '../cluster/jobs-api.ts';
import type { CredentialProvider } from '../oci/auth/credentials.ts';
import type { ConnectionSettings } from '../oci/connection-settings.ts';
import { parseReference, parseRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import { createRegistries } from '../oci/registries.ts';
import type { Registries } from '../oci/registries.ts';
import type { EngineOptions, PlannedRelocation, RelocationEngine, RunOptions } from '../relocation/engine.ts';
import { jobName, podRequest } from '../relocation/job/job-plan.ts';
import { hasWork } from '../relocation/plan/plan-summary.ts';
import type { PlanSummary } from '../relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../relocation/report/report.ts';
import { pinnedRequest } from '../relocation/request/request.ts';
import type { PlanDepth, RelocationDestinationSpec, RelocationRequest } from '../relocation/request/request.ts';
import { jobError } from './errors.ts';
import { JobDriver } from './job-driver.ts';
import type { JobSettings } from './job-driver.ts';
import { JobProgress } from './job-progress.ts';
import { podConnection } from './pod-connection.ts';

/** Where, and how, a relocation runs in pods. */
export interface ClusterPlace {
  readonly context: string;
  readonly namespace: string;
  /** Of the command line, for the pods. */
  readonly image: string;
  readonly pods: number;
  /** The name of its Job, once there is one. */
  readonly job?: string;
  /** Bytes per second of all pods together. */
  readonly bandwidth?: number;
}

export interface ClusterEngineOptions {
  /** Plans, and writes the report. */
  readonly engine: Pick<RelocationEngine, 'plan'>;
  /** The session of a context, which may be closed and opened again. */
  readonly session: (context: string) => Promise<ClusterSession>;
  readonly connection: () => ConnectionSettings;
  readonly credentials: CredentialProvider;
  /** Whether only a Job that exists is followed: nobody has asked for a new one, or to continue one that is suspended. */
  readonly isFollowing?: boolean;
}

/** Milliseconds until a session that was closed is opened again. */
const REOPEN = 1000;
/** Milliseconds for ending or suspending a Job. */
const ENDING = 60_000;

/**
 * Runs relocations in the pods of a Job. A run whose caller disappears leaves its Job running, and the next run of the same
 * request follows it. `pause` suspends the Job, `signal` deletes it and all that belongs to it.
 */
export class ClusterEngine {
  readonly #place: ClusterPlace;
  readonly #options: ClusterEngineOptions;

  constructor(place: ClusterPlace, options: ClusterEngineOptions) {
    this.#place = place;
    this.#options = options;
  }

  /** As RelocationEngine.plan. */
  async plan(
    request: RelocationRequest,
    options: EngineOptions & { readonly depth: PlanDepth },
  ): Promise<PlannedRelocation> {
    // The pods share the blobs that are missing.
    const depth = options.depth === 'run' ? 'show' : options.depth;
    try {
      const planned = await this.#options.engine.plan(request, { ...options, depth });
      const { view } = planned;
      return {
        view,
        storeJobPlan: (pods, stop) => planned.storeJobPlan(pods, stop),
        arrived: (stop) => planned.arrived(stop),
        close: () => planned.close(),
        run: (run) =>
          hasWork(view)
            ? this.#run(request, planned, jobName(podRequest(request, view.root)), run)
            : this.#look(request, planned, run),
      };
    } catch (error) {
      const job = options.depth === 'run' && !isAbort(error) ? await this.#working(options.signal) : undefined;
      if (job === undefined) throw error;
      // The Job continues, whatever this machine can reach.
      const planned = withoutPlan(request, error);
      return { ...planned, run: (run) => this.#run(request, planned, job, run) };
    }
  }

  /** The name of the known Job, if it works. */
  async #working(signal: AbortSignal): Promise<string | undefined> {
    const { context, namespace, job } = this.#place;
    if (job === undefined) return undefined;
    const session = await this.#options.session(context);
    const found = await session.getJob({ namespace, name: job }, signal);
    return found?.state === 'running' || found?.state === 'suspended' ? job : undefined;
  }

  /** A run that needs no pods. Those of a known Job have ended before somebody followed it to its end. */
  async #look(request: RelocationRequest, planned: PlannedRelocation, run: RunOptions): Promise<RelocationReport> {
    const report = await planned.run(run);
    const { namespace, job } = this.#place;
    if (job !== undefined) {
      await this.#withDriver(request.destination, (driver) => driver.cleanUp({ namespace, name: job }));
    }
    return report;
  }

  /** Deletes a Job that was suspended, and all that belongs to it. */
  async discard(job: string, destination: RelocationDestinationSpec, { signal }: EngineOptions): Promise<void> {
    const at = { namespace: this.#place.namespace, name: job };
    await this.#withDriver(destination, (driver) => driver.end(at, signal));
  }

  async #withDriver(destination: RelocationDestinationSpec, work: (driver: JobDriver) => Promise<void>): Promise<void> {
    const registries = this.#registries();
    try {
      const settings = this.#settings({ certificates: [], flags: [] });
      await work(await this.#driver(registries, repositoryOf(destination), settings, () => undefined));
    } finally {
      await registries.close();
    }
  }

  async #run(
    request: RelocationRequest,
    planned: PlannedRelocation,
    name: string,
    options: RunOptions,
  ): Promise<RelocationReport> {
    const { view } = planned;
    const { signal, pause = signal, onEvent = () => undefined } = options;
    const at = { namespace: this.#place.namespace, name };
    const began = performance.now();
    const registries = this.#registries();
    const suspended = new AbortController();
    const stop = AbortSignal.any([signal, pause, suspended.signal]);
    const progress = new JobProgress(planned, onEvent);
    const open = async (): Promise<JobDriver> => {
      const settings = this.#settings(await podConnection(this.#options.connection(), hostsOf(view, request)));
      return this.#driver(registries, repositoryOf(request.destination), settings, (event) => {
        progress.see(event);
        if (event.type === 'suspended') suspended.abort();
      });
    };
    try {
      const driver = await open();
      const job = this.#options.isFollowing
        ? await driver.find(at, stop)
        : await driver.continue(await driver.findOrCreate(at, planned.storeJobPlan.bind(planned), stop), stop);
      const counting = hasWork(view) ? progress.count(stop) : undefined;
      await this.#follow(job, driver, open, stop);
      await counting?.end();
      const report = await this.#report(request, view, options);
      return withCopies(report, view, (performance.now() - began) / 1000, progress.seconds);
    } catch (error) {
      const driver = signal.aborted || pause.aborted ? await open() : undefined;
      if (signal.aborted) await driver?.end(at, AbortSignal.timeout(ENDING));
      else if (pause.aborted) await driver?.suspend(at, AbortSignal.timeout(ENDING));
      else if (suspended.signal.aborted && isAbort(error)) {
        throw jobError('suspended', { job: `${at.namespace}/${at.name}` });
      }
      if (driver !== undefined) throw abortError();
      throw error;
    } finally {
      progress.dispose();
      await planned.close().catch(() => undefined);
      await registries.close();
    }
  }

  /** Continues with a new session if the kubeconfig has changed. */
  async #follow(job: Job, driver: JobDriver, open: () => Promise<JobDriver>, stop: AbortSignal): Promise<void> {
    for (let current = driver; ;) {
      try {
        await current.follow(job, stop);
        return;
      } catch (error) {
        if (!hasCode(error, 'cluster.closed') || stop.aborted) throw error;
        await wait(REOPEN, undefined, { signal: stop });
        current = await open();
      }
    }
  }

  /** Everything is there now: this finds it, and makes the lock. */
  async #report(request: RelocationRequest, { root }: PlanSummary, options: RunOptions): Promise<RelocationReport> {
    const { signal, onEvent } = options;
    const all = { signal, ...(onEvent === undefined ? {} : { onEvent }) };
    const planned = await this.#options.engine.plan(pinnedRequest(request, root?.digest), { ...all, depth: 'run' });
    // Its progress is that of a run that copies nothing.
    return planned.run({ signal });
  }

  async #driver(
    registries: Registries,
    destination: Repository,
    settings: JobSettings,
    onEvent: ConstructorParameters<typeof JobDriver>[0]['onEvent'],
  ): Promise<JobDriver> {
    const session = await this.#options.session(this.#place.context);
    const { credentials } = this.#options;
    return new JobDriver({ session, registries, destination, credentials, settings, onEvent });
  }

  #settings({ certificates, flags }: Awaited<ReturnType<typeof podConnection>>): JobSettings {
    const { image, pods, bandwidth } = this.#place;
    return {
      image,
      pods,
      labels: {},
      secret: undefined,
      certificates,
      flags: (shares) => [
        ...flags,
        ...(bandwidth === undefined ? [] : [`--bandwidth-limit=${Math.max(1, Math.floor(bandwidth / shares))}`]),
      ],
    };
  }

  #registries(): Registries {
    return createRegistries(this.#options.connection(), this.#options.credentials, 'destination');
  }
}

/** What is known without a plan: neither the content nor how much of it has arrived. */
function withoutPlan({ destination }: RelocationRequest, error: unknown): PlannedRelocation {
  const unknown = (): Promise<never> => Promise.reject(error instanceof Error ? error : new Error(String(error)));
  const view: PlanSummary = {
    source: '',
    destination: destination.kind === 'repository' ? destination.repository : destination.path,
    images: [],
    tags: [],
    missing: [],
    totals: { images: 0, imagesToCopy: 0, blobs: 0, blobsToCopy: 0, bytes: 0, bytesToCopy: 0 },
    attachments: { images: 0, signed: 0, carried: {}, left: {}, unknown: 0 },
    exact: false,
    warnings: [],
  };
  return { view, storeJobPlan: unknown, arrived: unknown, run: unknown, close: () => Promise.resolve() };
}

function repositoryOf(destination: RelocationDestinationSpec): Repository {
  if (destination.kind !== 'repository') throw new Error('A Job copies between registries.');
  return parseRepository(destination.repository);
}

/** The registries that the pods use. */
function hostsOf({ images }: PlanSummary, { source, destination }: RelocationRequest): ReadonlySet<string> {
  const references = [
    ...images.map(({ reference }) => reference),
    ...('reference' in source ? [source.reference] : []),
    ...(destination.kind === 'repository' ? [destination.repository] : []),
  ];
  return new Set(references.map((reference) => parseReference(reference).registry));
}

/** The report of a run that found everything there, with what the pods have copied since the plan. */
function withCopies(
  report: RelocationReport,
  { images, totals }: PlanSummary,
  seconds: number,
  transferSeconds: number,
): RelocationReport {
  const copied = new Set(images.filter(({ action }) => action === 'copy').map(({ digest }) => digest));
  const blobs = Math.min(totals.blobsToCopy, report.blobs.present + report.blobs.copied);
  return {
    ...report,
    images: { ...report.images, copied: totals.imagesToCopy, present: totals.images - totals.imagesToCopy },
    blobs: { ...report.blobs, copied: totals.blobsToCopy, present: Math.max(0, report.blobs.present - blobs) },
    bytes: { ...report.bytes, copied: totals.bytesToCopy },
    seconds,
    transferSeconds,
    ...(report.results === undefined
      ? {}
      : {
          results: report.results.map((each) =>
            each.result === 'present' && copied.has(each.digest) ? { ...each, result: 'copied' } : each,
          ),
        }),
  };
}
