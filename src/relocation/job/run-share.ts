import { setTimeout as wait } from 'node:timers/promises';

import { Bandwidth } from '../../base/bandwidth.ts';
import { isAbort } from '../../base/errors.ts';
import type { Digest } from '../../oci/digest.ts';
import { parseRepository } from '../../oci/reference.ts';
import { createRegistries } from '../../oci/registries.ts';
import { isTransient } from '../../oci/retry.ts';
import type { EngineEnvironment, EngineOptions } from '../engine.ts';
import { EventRelay } from '../event-relay.ts';
import { InProcessEngine, PARALLEL_REQUESTS } from '../in-process-engine.ts';
import { RegistryDestination } from '../registry/registry-destination.ts';
import { RegistrySource } from '../registry/registry-source.ts';
import type { RelocationReport } from '../report/report.ts';
import { sourceText } from '../request/request.ts';
import type { PlannedBlob } from '../plan/summarize-plan.ts';
import { makeLanes, runBlobs } from '../run.ts';
import type { JobPlan } from './job-plan.ts';

/** What a pod has copied. */
export interface ShareResult {
  readonly copied: number;
  readonly mounted: number;
  readonly present: number;
  readonly bytesCopied: number;
}

/** Milliseconds between two looks at what is there. */
const [FIRST_PAUSE, LONGEST_PAUSE] = [500, 3000];
/** Missing blobs per look, after which the rest is not asked for. */
const MOST_MISSING = 16;

/**
 * Copies the blobs of one share, unless they are at the destination already.
 * @param index of the share
 */
export async function copyShare(
  plan: JobPlan,
  index: number,
  environment: EngineEnvironment,
  options: EngineOptions & { readonly bandwidth?: number | undefined },
): Promise<ShareResult> {
  const { destination, source, close } = openBoth(plan, environment, options);
  const bandwidth = new Bandwidth();
  bandwidth.limit(options.bandwidth);
  const share = plan.shares[index] ?? [];
  const blobs = new Map(
    share.map((blob): [Digest, PlannedBlob] => [blob.descriptor.digest, { ...blob, action: 'copy' }]),
  );
  try {
    const { outcomes, bytesCopied } = await runBlobs(blobs, {
      source,
      destination,
      bandwidth,
      lanes: makeLanes(environment.connection.concurrency),
      onEvent: options.onEvent ?? (() => undefined),
      signal: options.signal,
      keepGoing: false,
    });
    return { copied: outcomes.copied, mounted: outcomes.mounted, present: outcomes.present, bytesCopied };
  } finally {
    await close();
  }
}

/**
 * Waits until all shares are at the destination, which says so itself, and then copies the rest of the request.
 * @param patience milliseconds without any progress after which it ends with undefined
 */
export async function finishJob(
  plan: JobPlan,
  environment: EngineEnvironment,
  options: EngineOptions,
  patience: number,
): Promise<RelocationReport | undefined> {
  const { destination, close } = openBoth(plan, environment, options);
  try {
    const missing = new Set(plan.shares.flat().map(({ descriptor }) => descriptor.digest));
    if (!(await untilThere(missing, destination, patience, options.signal))) return undefined;
  } finally {
    await close();
  }
  const planned = await new InProcessEngine(environment).plan(plan.request, { ...options, depth: 'show' });
  return planned.run(options);
}

async function untilThere(
  missing: Set<Digest>,
  destination: RegistryDestination,
  patience: number,
  signal: AbortSignal,
): Promise<boolean> {
  let [pause, since] = [FIRST_PAUSE, performance.now()];
  for (;;) {
    const before = missing.size;
    let isMissing = 0;
    for (const digest of missing) {
      if (isMissing >= MOST_MISSING) break;
      if (await destination.hasBlob(digest, signal)) missing.delete(digest);
      else isMissing++;
    }
    if (missing.size === 0) return true;
    if (missing.size < before) [pause, since] = [FIRST_PAUSE, performance.now()];
    else if (performance.now() - since > patience) return false;
    await wait(pause, undefined, { signal });
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

function openBoth(
  { request }: JobPlan,
  { connection, credentials, stateFolder }: EngineEnvironment,
  { onEvent = () => undefined }: Pick<EngineOptions, 'onEvent'>,
): { source: RegistrySource; destination: RegistryDestination; close: () => Promise<void> } {
  const relay = new EventRelay(onEvent);
  const parallel = connection.concurrency ?? PARALLEL_REQUESTS;
  const repository = request.destination.kind === 'repository' ? request.destination.repository : '';
  const source = new RegistrySource({
    description: sourceText(request.source),
    registries: createRegistries(connection, credentials, 'source', relay.connections),
    attachments: { cosignSignatures: false, referrers: false },
    parallel,
    keepGoing: false,
    packages: [],
    platforms: [],
    find: () => Promise.reject(new Error('The plan says what to copy.')),
  });
  const destination = new RegistryDestination(parseRepository(repository), {
    registries: createRegistries(connection, credentials, 'destination', relay.connections),
    parallel,
    repoBasedTags: request.options?.repoBasedTags ?? false,
    stateFolder,
    discardPrevious: false,
    onRetry: relay.connections.retry,
  });
  return { source, destination, close: async () => void (await Promise.all([source.close(), destination.close()])) };
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
