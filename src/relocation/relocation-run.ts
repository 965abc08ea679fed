import type { Bandwidth } from '../base/bandwidth.ts';
import { isAbort } from '../base/errors.ts';
import { defined } from '../base/json.ts';
import { LinkedAbort } from '../base/parallel.ts';
import { hasPackagesFolder } from '../carvel/bundle.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, formatRepository, parseReference, parseRepository } from '../oci/reference.ts';
import type { Repository } from '../oci/reference.ts';
import { createRegistries } from '../oci/registries.ts';
import { refusal } from './apply-policy.ts';
import type { RelocationDestination } from './destination.ts';
import type { EngineEnvironment, PlannedRelocation, RunOptions } from './engine.ts';
import type { EventRelay } from './event-relay.ts';
import type { RelocationListener } from './events.ts';
import { Arrivals } from './job/arrivals.ts';
import { blobsOf, jobName, podRequest, shareOut, storedPlan } from './job/job-plan.ts';
import type { ShareSize, StoredJobPlan } from './job/job-plan.ts';
import { pushJobPlan } from './job/job-plan-store.ts';
import type { RelocationPlan } from './plan/plan.ts';
import { manifestBytesToCopy } from './plan/summarize-plan.ts';
import { RegistryDestination } from './registry/registry-destination.ts';
import type { SentBlobs } from './registry/sent-blobs.ts';
import { withReceipt } from './report/receipt.ts';
import { lockOf } from './report/report-lock.ts';
import type { RelocationReport } from './report/report.ts';
import type { RelocationRequest } from './request/request.ts';
import { makeLanes } from './blob-copier.ts';
import { runPlan } from './run.ts';
import type { RunResult } from './run.ts';
import { scanImages } from './scan/scan-images.ts';
import type { ScanOptions, ScanResult } from './scan/scan-images.ts';
import type { RelocationSource, SourceBlob } from './source.ts';

interface RunParts {
  readonly plan: RelocationPlan;
  readonly source: RelocationSource;
  readonly destination: RelocationDestination;
  readonly request: RelocationRequest;
  readonly concurrency: number | undefined;
  readonly bandwidth: Bandwidth;
  readonly progressInterval: number | undefined;
  readonly relay: EventRelay;
  readonly sent: SentBlobs;
  readonly environment: EngineEnvironment;
  /** Reports a measured transfer: bytes and seconds. */
  readonly measured: (bytes: number, seconds: number) => Promise<void>;
}

/** See PlannedRelocation. */
export class RelocationRun implements PlannedRelocation {
  readonly #parts: RunParts;
  #arrivals: Arrivals | undefined;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  get view() {
    return this.#parts.plan.view;
  }

  /** The blobs to copy, and where each is read from; without those of a bundle that is only made here. */
  get blobsToCopy(): SourceBlob[] {
    const { blobs, content, view } = this.#parts.plan;
    const made = view.subset === undefined ? [] : (content.root?.image.node.blobs ?? []);
    const own = new Set(made.map(({ digest }) => digest));
    return [...blobs.values()].filter(({ action, descriptor }) => action === 'copy' && !own.has(descriptor.digest));
  }

  /** The repositories that everything is read from, each once. */
  get repositories(): Repository[] {
    const { plan, request } = this.#parts;
    const root = 'reference' in request.source ? [parseReference(request.source.reference)] : [];
    const all = [...root, ...plan.content.items.map(({ image }) => image.place)];
    const once = new Map(all.map(({ registry, path }) => [formatRepository({ registry, path }), { registry, path }]));
    return [...once.values()];
  }

  /** See PlannedRelocation.storeJobPlan. */
  async storeJobPlan(pods: number, signal: AbortSignal): Promise<StoredJobPlan> {
    this.requirePolicy();
    const { plan, request: requested, environment } = this.#parts;
    const request = podRequest(requested, plan.view.root);
    if (request.destination.kind !== 'repository' || !('reference' in request.source)) {
      throw new Error('A Job copies between registries.');
    }
    const registries = createRegistries(environment.connection, environment.credentials, 'destination');
    const destination = parseRepository(request.destination.repository);
    const shares = shareOut(blobsOf([{ destination, blobs: this.blobsToCopy }]), pods);
    const made = { requests: [request], keepGoing: false, shares };
    const { repositories } = this;
    try {
      const stored = await pushJobPlan(made, jobName(request), destination, registries, signal);
      return storedPlan(made, formatReference(stored), { repositories });
    } finally {
      await registries.close();
    }
  }

  /** @throws trust.… if the policy does not admit an image */
  requirePolicy(): void {
    const { view } = this.#parts.plan;
    const refused = view.policy?.mode === 'enforce' ? refusal(view) : undefined;
    if (refused !== undefined) throw refused;
  }

  /** See PlannedRelocation.arrived. */
  arrived(signal: AbortSignal): Promise<ShareSize> {
    const { plan, destination } = this.#parts;
    this.#arrivals ??= new Arrivals([...plan.blobs.values()].filter(({ action }) => action === 'copy'));
    return this.#arrivals.look((digest, stop) => destination.hasBlob(digest, stop), signal);
  }

  async run(options: RunOptions): Promise<RelocationReport> {
    const { plan, source, destination, concurrency, bandwidth, progressInterval, relay, measured } = this.#parts;
    const onEvent: RelocationListener = options.onEvent ?? (() => undefined);
    relay.listener = onEvent;
    const linked = new LinkedAbort(options.signal);
    try {
      this.requirePolicy();
      const lanes = makeLanes(concurrency, () => [source, destination]);
      const { signal } = linked;
      const scans = await this.#scan({ lanes, onEvent, signal: AbortSignal.any([signal, options.pause ?? signal]) });
      const keepGoing = this.#parts.request.options?.keepGoing ?? false;
      const began = performance.now();
      const way = { plan, source, destination, lanes, bandwidth, sent: this.#parts.sent };
      const result = await runPlan({ ...way, progressInterval, onEvent, signal, pause: options.pause, keepGoing });
      // What a limit slows down says nothing about the route.
      const isLimited = bandwidth.bytesPerSecond !== undefined;
      if (!isLimited) await measured(result.bytesCopied, result.transferSeconds);
      const report = await this.#report(result, scans, (performance.now() - began) / 1000, signal);
      const { request, environment } = this.#parts;
      if (options.receipt === undefined) return report;
      return await withReceipt(options.receipt, request, report, environment, signal);
    } finally {
      linked.dispose();
      await this.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#parts.source.close(), this.#parts.destination.close()]);
  }

  /** Nothing was written yet, so a pause may end it at once. */
  async #scan(options: Pick<ScanOptions, 'lanes' | 'onEvent' | 'signal'>): Promise<ReadonlyMap<Digest, ScanResult>> {
    const { plan, source, destination, bandwidth, request } = this.#parts;
    const command = request.options?.beforeTag;
    if (command === undefined) return new Map();
    const openAtDestination: ScanOptions['openAtDestination'] = (blob, opening) => {
      if (destination instanceof RegistryDestination) return destination.openBlob(blob, opening);
      throw new Error(`${destination.description} cannot be read.`);
    };
    return scanImages({ ...options, command, plan, source, openAtDestination, bandwidth });
  }

  async #report(
    result: RunResult,
    scans: ReadonlyMap<Digest, ScanResult>,
    seconds: number,
    signal: AbortSignal,
  ): Promise<RelocationReport> {
    const { plan, request } = this.#parts;
    const { totals, root, subset, source, destination, warnings, attachments } = plan.view;
    const repository =
      request.destination.kind === 'repository' ? parseRepository(request.destination.repository) : undefined;
    const lock = repository === undefined || result.failed.length > 0 ? undefined : lockOf(plan.content, repository);
    const place = repository ?? plan.content.root?.image.place;
    const notCopied = new Set(result.failed.map(({ digest }) => digest));
    return {
      source,
      destination,
      ...(root === undefined || place === undefined
        ? {}
        : {
            root: {
              ...root,
              reference: formatReference({ ...place, digest: root.digest }),
              ...(await this.#packages(signal)),
            },
          }),
      ...(subset === undefined ? {} : { subset }),
      images: {
        total: totals.images + plan.view.missing.length,
        copied: totals.imagesToCopy - result.unfinished,
        present: totals.images - totals.imagesToCopy,
      },
      blobs: result.blobs,
      // The plan's totals include manifests.
      bytes: { total: totals.bytes, copied: result.bytesCopied + manifestBytesToCopy(plan, notCopied) },
      seconds,
      transferSeconds: result.transferSeconds,
      tags: repository === undefined ? [] : result.tags,
      tagsNotSet: repository === undefined ? [] : result.tagsNotSet,
      warnings: [...warnings, ...result.warnings],
      attachments,
      ...defined({ policy: plan.view.policy, beforeTag: request.options?.beforeTag }),
      failed: result.failed,
      results: plan.view.images.map(({ action, ...image }) => ({
        ...image,
        ...defined({ scan: scans.get(image.digest) }),
        result: notCopied.has(image.digest) ? 'failed' : action === 'copy' ? 'copied' : 'present',
      })),
      ...(lock === undefined ? {} : { lock }),
    };
  }

  /** Looks into the root bundle if its layer is at hand: read for the plan, or in a file. */
  async #packages(signal: AbortSignal): Promise<{ hasPackages?: boolean }> {
    const { plan, source } = this.#parts;
    const image = plan.content.root?.image;
    const layer = image?.node.blobs[1];
    if (image?.kind !== 'bundle' || layer === undefined) return {};
    const kept = source.cached(layer.digest);
    if (kept === undefined && !source.isLocal) return {};
    const open = async function* (): AsyncGenerator<Uint8Array> {
      if (kept !== undefined) yield kept;
      else yield* (await source.openBlob({ descriptor: layer, place: image.place }, { lane: 'small', signal })).body;
    };
    try {
      return { hasPackages: await hasPackagesFolder(image, open) };
    } catch (error) {
      if (isAbort(error)) throw error;
      return {};
    }
  }
}
