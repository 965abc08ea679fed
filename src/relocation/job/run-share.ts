import { setTimeout as wait } from 'node:timers/promises';

import { Bandwidth } from '../../base/bandwidth.ts';
import { AirgapError, isAbort } from '../../base/errors.ts';
import { forEachParallel } from '../../base/parallel.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatRepository, parseRepository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import { isTransient } from '../../oci/retry.ts';
import type { EngineEnvironment, EngineOptions } from '../engine.ts';
import { EventRelay } from '../event-relay.ts';
import { InProcessEngine, parallelRequests } from '../in-process-engine.ts';
import type { PlanSummary } from '../plan/plan-summary.ts';
import type { PlannedBlob } from '../plan/summarize-plan.ts';
import { RegistryDestination } from '../registry/registry-destination.ts';
import { RegistrySource } from '../registry/registry-source.ts';
import { SentBlobs } from '../registry/sent-blobs.ts';
import { sourceText } from '../request/request.ts';
import { makeLanes } from '../blob-copier.ts';
import { runBlobs } from '../run.ts';
import type { JobBlob, JobPlan } from './job-plan.ts';
import type { RequestResult } from './job-results.ts';

/** What a pod has copied. */
export interface ShareResult {
  readonly copied: number;
  readonly mounted: number;
  readonly present: number;
  readonly bytesCopied: number;
  /** What could not be copied, if the plan continues after failures. */
  readonly failed: readonly FailedBlob[];
}

interface FailedBlob {
  readonly key: string;
  readonly error: unknown;
}

/** Milliseconds between two looks at what is there. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 3000];
/** Missing blobs per look, after which the rest is not asked for. */
const MOST_MISSING = 16;

/** Identifies a blob in a repository. */
function keyOf({ descriptor, to }: JobBlob): string {
  return `${formatRepository(to)} ${descriptor.digest}`;
}

/**
 * Copies the blobs of one share, unless they are at their destinations already.
 * @param index of the share
 */
export async function copyShare(
  plan: JobPlan,
  index: number,
  environment: EngineEnvironment,
  options: EngineOptions & { readonly bandwidth?: number | undefined },
): Promise<ShareResult> {
  const ends = new Ends(plan, environment, options);
  const bandwidth = new Bandwidth();
  bandwidth.limit(options.bandwidth);
  const shared = {
    source: ends.source,
    bandwidth,
    lanes: makeLanes(environment.connection.concurrency, () => ends.all),
    onEvent: options.onEvent ?? (() => undefined),
    keepGoing: plan.keepGoing,
  };
  const byRepository = Map.groupBy(plan.shares[index] ?? [], ({ to }) => formatRepository(to));
  const totals = { copied: 0, mounted: 0, present: 0, bytesCopied: 0, failed: [] as FailedBlob[] };
  try {
    await forEachParallel([...byRepository], options.signal, async ([repository, own], signal) => {
      const blobs = new Map(
        own.map((blob): [Digest, PlannedBlob] => [blob.descriptor.digest, { ...blob, action: 'copy' }]),
      );
      const destination = ends.destination(repository);
      const { outcomes, bytesCopied, failed } = await runBlobs(blobs, { ...shared, destination, signal });
      totals.copied += outcomes.copied;
      totals.mounted += outcomes.mounted;
      totals.present += outcomes.present;
      totals.bytesCopied += bytesCopied;
      totals.failed.push(...[...failed].map(([digest, error]) => ({ key: `${repository} ${digest}`, error })));
    });
    return totals;
  } finally {
    await ends.close();
  }
}

/** What the last pod needs in addition to the plan. */
export interface FinishOptions extends EngineOptions {
  /** Milliseconds without any progress after which it ends with undefined. */
  readonly patience: number;
  /** Reads what the pod of a share could not copy, so that nobody waits for it; undefined if it has not said so. */
  readonly failedOf: (index: number) => Promise<readonly string[] | undefined>;
}

/**
 * Waits until all shares are at their destinations, which say so themselves, and then copies the rest of the requests.
 * If the plan continues after failures, the result of a request may be an error.
 */
export async function finishJob(
  plan: JobPlan,
  environment: EngineEnvironment,
  options: FinishOptions,
): Promise<readonly RequestResult[] | undefined> {
  const ends = new Ends(plan, environment, options);
  const missing = new Map(plan.shares.flat().map((blob) => [keyOf(blob), blob]));
  try {
    if (!(await untilThere(missing, plan, ends, options))) return undefined;
  } finally {
    await ends.close();
  }
  const copied = new Map(plan.shares.flat().map((blob) => [keyOf(blob), blob]));
  for (const key of missing.keys()) copied.delete(key);
  const sent = new SentBlobs();
  for (const { to, descriptor } of copied.values()) sent.add(to.registry, formatRepository(to), descriptor.digest);
  const engine = new InProcessEngine({ ...environment, sent });
  const results: RequestResult[] = [];
  for (const request of plan.requests) {
    try {
      const planned = await engine.plan(request, { ...options, depth: 'show' });
      const bytes = takeBytes(copied, planned.view);
      const report = await planned.run(options);
      results.push({ report: { ...report, bytes: { ...report.bytes, copied: report.bytes.copied + bytes } } });
    } catch (error) {
      if (!plan.keepGoing || !(error instanceof AirgapError)) throw error;
      results.push({ error });
    }
  }
  return results;
}

/** The bytes that the shares have copied for a request, each counted for the first request that needs it. */
function takeBytes(copied: Map<string, JobBlob>, { destination, blobs = [] }: PlanSummary): number {
  let bytes = 0;
  for (const { digest } of blobs) {
    const key = `${destination} ${digest}`;
    bytes += copied.get(key)?.descriptor.size ?? 0;
    copied.delete(key);
  }
  return bytes;
}

/** Leaves in `missing` what the pods could not copy. */
async function untilThere(
  missing: Map<string, JobBlob>,
  plan: JobPlan,
  ends: Ends,
  { patience, failedOf, signal }: FinishOptions,
): Promise<boolean> {
  const failed = new Set<string>();
  const waiting = new Set(plan.keepGoing ? plan.shares.keys() : []);
  let [pause, since] = [FIRST_PAUSE, performance.now()];
  for (;;) {
    const before = missing.size - failed.size;
    let isMissing = 0;
    for (const [key, { to, descriptor }] of missing) {
      if (isMissing >= MOST_MISSING) break;
      if (failed.has(key)) continue;
      if (await ends.destination(formatRepository(to)).hasBlob(descriptor.digest, signal)) missing.delete(key);
      else isMissing++;
    }
    if (isMissing === 0) return true;
    for (const index of waiting) {
      const keys = await failedOf(index);
      if (keys === undefined) continue;
      waiting.delete(index);
      for (const key of keys) if (missing.has(key)) failed.add(key);
    }
    if (missing.size === failed.size) return true;
    if (missing.size - failed.size < before) [pause, since] = [FIRST_PAUSE, performance.now()];
    else if (performance.now() - since > patience) return false;
    await wait(pause, undefined, { signal });
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** The registries of a plan. */
class Ends {
  readonly source: RegistrySource;
  readonly #environment: EngineEnvironment;
  readonly #relay: EventRelay;
  readonly #plan: JobPlan;
  readonly #destinations = new Map<string, RegistryDestination>();

  constructor(
    plan: JobPlan,
    environment: EngineEnvironment,
    { onEvent = () => undefined }: Pick<EngineOptions, 'onEvent'>,
  ) {
    const { connection, credentials } = environment;
    this.#environment = environment;
    this.#plan = plan;
    this.#relay = new EventRelay(onEvent);
    const registries = createRegistries(connection, credentials, 'source', this.#relay.connections);
    this.source = new RegistrySource({
      description: plan.requests.map(({ source }) => sourceText(source)).join(', '),
      registries,
      attachments: { cosignSignatures: false, referrers: false },
      parallel: parallelRequests(connection, registries),
      keepGoing: false,
      packages: [],
      platforms: [],
      find: () => Promise.reject(new Error('The plan says what to copy.')),
    });
  }

  /** @param repository registry/path */
  destination(repository: string): RegistryDestination {
    const known = this.#destinations.get(repository);
    if (known !== undefined) return known;
    const { connection, credentials, stateFolder } = this.#environment;
    const own = this.#plan.requests.find(
      ({ destination }) =>
        destination.kind === 'repository' && formatRepository(parseRepository(destination.repository)) === repository,
    );
    const registries = createRegistries(connection, credentials, 'destination', this.#relay.connections);
    const opened = new RegistryDestination(parseRepository(repository), {
      registries,
      parallel: parallelRequests(connection, registries),
      repoBasedTags: own?.options?.repoBasedTags ?? false,
      stateFolder,
      discardPrevious: false,
      onRetry: this.#relay.connections.retry,
    });
    this.#destinations.set(repository, opened);
    return opened;
  }

  /** What has been opened so far. */
  get all(): readonly (RegistrySource | RegistryDestination)[] {
    return [this.source, ...this.#destinations.values()];
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((each) => each.close()));
  }
}

/** Whether the same pod could succeed later. What is not foreseen may be a fault of the node. */
export function mayPass(error: unknown): boolean {
  return isAbort(error) || !isPermanent(error);
}

function isPermanent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || isTransient(error)) return false;
  return !MAY_COME.has(code) && /^(?:oci|carvel|relocation|cli)\./.test(code);
}

/** The network of a pod may not work yet when it starts. */
const MAY_COME = new Set([
  'oci.connect-timeout',
  'oci.connection-refused',
  'oci.host-not-found',
  'oci.location-unreachable',
  'oci.pause-too-long',
  'oci.unreachable',
]);
