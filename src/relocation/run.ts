import { isAbort } from '../base/errors.ts';
import { formatCount } from '../base/format.ts';
import { forEachParallel } from '../base/parallel.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { manifestsOf } from '../carvel/graph.ts';
import type { ManifestNode } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, formatRepository } from '../oci/reference.ts';
import { BlobCopier } from './blob-copier.ts';
import type { BlobCopierOptions } from './blob-copier.ts';
import type { BlobOutcome } from './destination.ts';
import { Drain } from './drain.ts';
import { retryEvent } from './events.ts';
import { failedImage, isFatal, missingImages, withoutIncomplete } from './keep-going.ts';
import type { FailedImage } from './keep-going.ts';
import { requireStillThere } from './plan/delta-check.ts';
import type { RelocationPlan } from './plan/plan.ts';
import type { PlanSummary } from './plan/plan-summary.ts';
import type { PlannedBlob, PlanParts } from './plan/summarize-plan.ts';
import { ProgressMeter } from './progress.ts';
import type { SourceItem } from './source.ts';
import { writeUntilKnown } from './registry/unknown-content.ts';

export interface RunResult {
  readonly blobs: Readonly<Record<BlobOutcome | 'skipped', number>>;
  /** Size of the blobs that were sent. */
  readonly bytesCopied: number;
  /** Seconds during which content was in transit. */
  readonly transferSeconds: number;
  /** User tags that were written. */
  readonly tags: readonly string[];
  /** User tags that were not written, because their bundles are incomplete. */
  readonly tagsNotSet: readonly string[];
  readonly failed: readonly FailedImage[];
  /** Number of images whose copy failed. */
  readonly unfinished: number;
  readonly warnings: readonly string[];
}

export interface RunOptions extends BlobCopierOptions {
  readonly plan: RelocationPlan;
  /** Milliseconds between two progress events; undefined for the default. */
  readonly progressInterval?: number | undefined;
  readonly signal: AbortSignal;
  /** Ends the run like `signal`, but only after what is in transit has arrived. */
  readonly pause?: AbortSignal | undefined;
  /** Whether to continue with the other images after one fails. */
  readonly keepGoing: boolean;
}

/**
 * Executes a plan: for each image the blobs, then the manifests, then the image under imgpkg's tag; after all are
 * complete, locations images and user tags. A failure stops the rest, and nothing incomplete gets a name.
 */
export function runPlan(options: RunOptions): Promise<RunResult> {
  const drain = new Drain(options.signal, options.pause);
  const run = new Run({ ...options, signal: drain.signal }, drain);
  return run.run(options.plan.view).finally(() => run.close());
}

/** What a run of blobs alone did. */
export interface BlobsResult {
  readonly outcomes: Readonly<Record<BlobOutcome | 'skipped', number>>;
  /** Size of the blobs that were sent. */
  readonly bytesCopied: number;
  /** Why blobs could not be copied; empty unless the run continues after failures. */
  readonly failed: ReadonlyMap<Digest, unknown>;
}

/** Copies blobs without the images that they belong to, if the destination does not have them. */
export function runBlobs(
  blobs: ReadonlyMap<Digest, PlannedBlob>,
  options: Omit<RunOptions, 'plan'>,
): Promise<BlobsResult> {
  const drain = new Drain(options.signal, options.pause);
  const content = { items: [], bundles: [] };
  const choice = { includeNonDistributable: true, omitted: new Set<Digest>() };
  const plan = { content, present: new Set<SourceItem>(), blobs, currentTags: new Map<string, Digest>(), ...choice };
  const run = new Run({ ...options, plan, signal: drain.signal }, drain);
  return run.blobs().finally(() => run.close());
}

class Run {
  readonly #options: Omit<RunOptions, 'plan'> & { readonly plan: PlanParts };
  readonly #drain: Drain;
  readonly #meter: ProgressMeter;
  readonly #items: readonly SourceItem[];
  readonly #blobs = new SingleFlight<Digest, void>();
  readonly #children = new SingleFlight<Digest, void>();
  /** Blobs that the registry has lost; each is sent again at most once. */
  readonly #resent = new SingleFlight<Digest, void>();
  readonly #outcomes = { copied: 0, mounted: 0, present: 0, skipped: 0 };
  readonly #failed: FailedImage[] = [];
  /** The manifests of complete images. */
  readonly #manifests = new Set<Digest>();
  readonly #copier: BlobCopier;

  constructor(options: Omit<RunOptions, 'plan'> & { readonly plan: PlanParts }, drain: Drain) {
    const { plan, bandwidth, onEvent, progressInterval: interval } = options;
    this.#options = options;
    this.#drain = drain;
    this.#items = plan.content.items.filter((item) => !plan.present.has(item));
    const bytes = [...plan.blobs.values()].reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    const totals = { images: this.#items.length, blobs: plan.blobs.size, bytes };
    this.#meter = new ProgressMeter(totals, onEvent, { interval, limit: () => bandwidth.bytesPerSecond });
    this.#copier = new BlobCopier(options, drain, this.#meter);
  }

  async run(view: PlanSummary): Promise<RunResult> {
    const { plan, source, destination, onEvent, signal } = this.#options;
    await destination.begin(plan.content, source, plan, signal);
    const detail = `${formatCount(view.totals.imagesToCopy, 'image')}, ${formatCount(plan.blobs.size, 'blob')}`;
    onEvent({ type: 'phase', phase: 'copy', detail });
    this.#meter.phase('copy');
    const put = async (item: SourceItem, stop: AbortSignal) => {
      await this.#putItem(item, stop);
      this.#meter.image();
    };
    await forEachParallel(this.#items, signal, put, this.#options.lanes.images());
    const isFile = destination.registry === undefined;
    onEvent({ type: 'phase', phase: 'finish', detail: isFile ? 'the file' : 'locations and tags' });
    this.#meter.phase('finish');
    const failed = [...missingImages(plan.content.bundles), ...this.#failed];
    const whole = withoutIncomplete(plan.content, failed);
    const moved = this.#movedTag();
    await requireStillThere(whole, failed, source, destination, signal);
    // An archive without some of its images would look complete.
    if (!isFile || failed.length === 0)
      await this.#drain.run(() => destination.finish(whole, plan.currentTags, signal));
    return {
      blobs: this.#outcomes,
      bytesCopied: this.#copier.bytesCopied,
      transferSeconds: this.#meter.transferTime / 1000,
      tags: whole.items.flatMap(({ tag }) => tag ?? []),
      tagsNotSet: plan.content.items.flatMap(({ tag }, index) =>
        tag === undefined || whole.items[index]?.tag !== undefined ? [] : tag,
      ),
      failed,
      unfinished: new Set(this.#failed.map(({ digest }) => digest)).size,
      warnings: await moved,
    };
  }

  async blobs(): Promise<BlobsResult> {
    const { plan, source, destination, onEvent, signal } = this.#options;
    await destination.begin(plan.content, source, plan, signal);
    onEvent({ type: 'phase', phase: 'copy', detail: formatCount(plan.blobs.size, 'blob') });
    this.#meter.phase('copy');
    const failed = new Map<Digest, unknown>();
    await forEachParallel([...plan.blobs.values()], signal, async (blob, stop) => {
      const { digest } = blob.descriptor;
      try {
        const isThere = await destination.hasBlob(digest, stop);
        await this.#putBlob(isThere ? { ...blob, action: 'present' } : blob, formatRepository(blob.place), stop);
      } catch (error) {
        if (!this.#options.keepGoing || stop.aborted || isAbort(error)) throw error;
        failed.set(digest, error);
      }
    });
    return { outcomes: this.#outcomes, bytesCopied: this.#copier.bytesCopied, failed };
  }

  close(): void {
    this.#meter.close();
    this.#drain.dispose();
  }

  async #putItem(item: SourceItem, signal: AbortSignal): Promise<void> {
    const { node, place } = item.image;
    try {
      await this.#putNode(node, item, formatReference(place), signal);
      for (const { bytes } of manifestsOf(node, this.#manifests)) this.#meter.transferred({ bytes: bytes.byteLength });
      this.#options.onEvent({ type: 'image', image: formatReference(place), result: 'copied' });
    } catch (error) {
      if (!this.#options.keepGoing || signal.aborted || isAbort(error) || isFatal(error, this.#options.destination))
        throw error;
      const failed = failedImage(formatReference(place), node.digest, error);
      this.#failed.push(failed);
      this.#options.onEvent({ type: 'image', image: failed.reference, result: 'failed' });
      this.#options.onEvent({ type: 'warning', text: `${failed.reference} is not copied: ${failed.reason}` });
    }
  }

  /** Whether the requested tag has moved since planning. Not checked if nothing was copied. */
  async #movedTag(): Promise<string[]> {
    const { plan, source, onEvent, signal } = this.#options;
    const { resolved } = plan.content;
    if (resolved === undefined || this.#copier.bytesCopied === 0) return [];
    const now = await source.currentDigest(resolved, signal);
    if (now === undefined || now === resolved.digest) return [];
    const { digest, tag, ...repository } = resolved;
    const text = `The tag ${formatRepository(repository)}:${tag} moved during the copy: ${digest} was copied, but it now points to ${now}`;
    onEvent({ type: 'warning', text });
    return [text];
  }

  /** @param image the image that the manifest belongs to, for display */
  async #putNode(node: ManifestNode, item: SourceItem | undefined, image: string, signal: AbortSignal): Promise<void> {
    const { plan } = this.#options;
    // Content that several images share must not be aborted by the first image that fails.
    const own = (stop: AbortSignal) => (this.#options.keepGoing ? signal : stop);
    await forEachParallel(node.children, signal, (child, stop) =>
      this.#children.do(child.digest, () => this.#putNode(child, undefined, image, own(stop))),
    );
    await forEachParallel(node.blobs, signal, async ({ digest }, stop) => {
      const blob = plan.blobs.get(digest);
      if (blob !== undefined) await this.#blobs.do(digest, () => this.#putBlob(blob, image, own(stop)));
    });
    await this.#putManifest(node, item, image, signal);
  }

  #putManifest(
    node: ManifestNode,
    item: SourceItem | undefined,
    image: string,
    signal: AbortSignal,
    again = false,
  ): Promise<void> {
    const { destination, onEvent } = this.#options;
    return writeUntilKnown(() => this.#drain.run(() => destination.putManifest(node, item, signal, again)), {
      signal,
      onRetry: (error, attempt) => onEvent(retryEvent(node.digest, error, attempt)),
      resend: () => this.#resend(node, image, signal),
    });
  }

  async #putBlob(blob: PlannedBlob, image: string, signal: AbortSignal): Promise<void> {
    const meter = this.#meter.blob(blob.descriptor.size);
    if (blob.action === 'copy') {
      const outcome = await this.#copier.copy(blob, false, image, meter, signal);
      this.#outcomes[outcome]++;
      if (outcome === 'copied') this.#meter.transferred({ copied: 1, bytes: blob.descriptor.size });
      if (outcome === 'mounted') this.#meter.transferred({ mounted: 1 });
    } else {
      this.#outcomes[blob.action === 'skip' ? 'skipped' : 'present']++;
    }
    meter.done();
  }

  /** Sends again the blobs that the registry reported as present, or accepted, but no longer has. */
  async #resend(node: ManifestNode, image: string, signal: AbortSignal): Promise<void> {
    const { plan, destination } = this.#options;
    await forEachParallel(node.children, signal, async (child, stop) => {
      if ((await destination.resolveTag(child.digest, stop)) === child.digest) return;
      await this.#resend(child, image, stop);
      await this.#putManifest(child, undefined, image, stop, true);
    });
    await forEachParallel(node.blobs, signal, async ({ digest }, stop) => {
      const blob = plan.blobs.get(digest);
      if (
        blob === undefined ||
        blob.action === 'skip' ||
        blob.action === 'omit' ||
        (await destination.hasBlob(digest, stop))
      )
        return;
      // Several manifests may report the same missing blob at once.
      await this.#resent.do(digest, async () => void (await this.#copier.copy(blob, true, image, undefined, stop)));
    });
  }
}
