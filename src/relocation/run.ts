import { AirgapError, isAbort } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { ManifestNode } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import type { OpenBlobOptions } from '../oci/open-blob.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { BlobOutcome, RelocationDestination } from './destination.ts';
import type { RelocationListener } from './events.ts';
import type { PlannedBlob, RelocationPlan } from './plan.ts';
import { ProgressMeter } from './progress.ts';
import type { BlobMeter } from './progress.ts';
import type { OpenedBlob, RelocationSource, SourceItem } from './source.ts';

/** Blobs up to this size share the lane of small requests. Bytes. */
const SMALL_BLOB = 256 * 1024;

/** How many blobs are under way at once. */
export interface Lanes {
  readonly small: Limiter;
  readonly blob: Limiter;
}

/** With a number given, all blob bodies share it: 1 is one at a time. */
export function makeLanes(concurrency: number | undefined): Lanes {
  if (concurrency === undefined) return { small: new Limiter(32), blob: new Limiter(6) };
  const both = new Limiter(concurrency);
  return { small: both, blob: both };
}

export interface RunResult {
  readonly blobs: Readonly<Record<BlobOutcome | 'skipped', number>>;
  /** Bytes of the blobs that were sent. */
  readonly bytesCopied: number;
}

export interface RunOptions {
  readonly plan: RelocationPlan;
  readonly source: RelocationSource;
  readonly destination: RelocationDestination;
  readonly lanes: Lanes;
  readonly onEvent: RelocationListener;
  readonly signal: AbortSignal;
}

/**
 * Does what a plan says: for each image its blobs, then its manifests, then itself under imgpkg's tag; when all are
 * complete, locations images and users' tags. Whatever fails stops the rest, and nothing is named that is not complete.
 */
export function runPlan(options: RunOptions): Promise<RunResult> {
  return new Run(options).run();
}

class Run {
  readonly #options: RunOptions;
  readonly #meter: ProgressMeter;
  readonly #items: readonly SourceItem[];
  readonly #blobs = new SingleFlight<Digest, void>();
  readonly #children = new SingleFlight<Digest, void>();
  readonly #outcomes = { copied: 0, mounted: 0, present: 0, skipped: 0 };
  #bytesCopied = 0;

  constructor(options: RunOptions) {
    const { plan, onEvent } = options;
    this.#options = options;
    this.#items = plan.content.items.filter((item) => !plan.present.has(item));
    const bytes = [...plan.blobs.values()].reduce((sum, { descriptor }) => sum + descriptor.size, 0);
    this.#meter = new ProgressMeter({ images: this.#items.length, blobs: plan.blobs.size, bytes }, onEvent);
  }

  async run(): Promise<RunResult> {
    const { plan, source, destination, onEvent, signal } = this.#options;
    await destination.begin(plan.content, source, plan, signal);
    const detail = `${plan.view.totals.imagesToCopy} images, ${plan.blobs.size} blobs`;
    onEvent({ type: 'phase', phase: 'copy', detail });
    this.#meter.phase('copy');
    await forEachParallel(this.#items, signal, async (item, stop) => {
      await this.#putNode(item.image.node, item, stop);
      this.#meter.image();
    });
    onEvent({
      type: 'phase',
      phase: 'finish',
      detail: destination.registry === undefined ? 'the file' : 'locations and tags',
    });
    this.#meter.phase('finish');
    await destination.finish(plan.content, plan.currentTags, signal);
    return { blobs: this.#outcomes, bytesCopied: this.#bytesCopied };
  }

  async #putNode(node: ManifestNode, item: SourceItem | undefined, signal: AbortSignal): Promise<void> {
    const { plan, destination } = this.#options;
    await forEachParallel(node.children, signal, (child, stop) =>
      this.#children.do(child.digest, () => this.#putNode(child, undefined, stop)),
    );
    await forEachParallel(node.blobs, signal, async ({ digest }, stop) => {
      const blob = plan.blobs.get(digest);
      if (blob !== undefined) await this.#blobs.do(digest, () => this.#putBlob(blob, stop));
    });
    try {
      await destination.putManifest(node, item, signal);
    } catch (error) {
      if (!isUnknownContent(error)) throw error;
      await this.#mend(node, error, signal);
      await destination.putManifest(node, item, signal);
    }
  }

  async #putBlob(blob: PlannedBlob, signal: AbortSignal): Promise<void> {
    const meter = this.#meter.blob(blob.descriptor.size);
    if (blob.action === 'copy') {
      const outcome = await this.#copy(blob, false, meter, signal);
      this.#outcomes[outcome]++;
    } else {
      this.#outcomes[blob.action === 'skip' ? 'skipped' : 'present']++;
    }
    meter.done();
  }

  /** The registry took a blob for there, and now says that it is not: then its bytes are sent, whatever it says. */
  async #mend(node: ManifestNode, error: AirgapError, signal: AbortSignal): Promise<void> {
    const { plan, destination, onEvent } = this.#options;
    onEvent({ type: 'retry', what: node.digest, reason: error.message, attempt: 1 });
    for (const child of node.children) await this.#putNode(child, undefined, signal);
    await forEachParallel(node.blobs, signal, async ({ digest }, stop) => {
      const blob = plan.blobs.get(digest);
      if (blob === undefined || blob.action === 'skip' || (await destination.hasBlob(digest, stop))) return;
      await this.#copy(blob, true, undefined, stop);
    });
  }

  #copy(blob: PlannedBlob, force: boolean, meter: BlobMeter | undefined, signal: AbortSignal): Promise<BlobOutcome> {
    const { source, destination, lanes, onEvent } = this.#options;
    const { digest, size } = blob.descriptor;
    const lane = size <= SMALL_BLOB ? 'small' : 'blob';
    const mountFrom =
      force || destination.registry === undefined ? undefined : source.mountFrom(blob, destination.registry);
    let moved = 0;
    const onRetry = (error: Error, attempt: number) => {
      if (!isAbort(error)) onEvent({ type: 'retry', what: digest, reason: error.message, attempt });
    };
    const copy: BlobCopy = {
      descriptor: blob.descriptor,
      lane,
      force,
      ...(mountFrom === undefined ? {} : { mountFrom }),
      open: (stop, offset) => openBlob(blob, source, { lane, signal: stop, offset, onRetry }),
      onBytes: (bytes) => {
        moved += bytes;
        meter?.add(bytes);
      },
      onSeek: (offset) => meter?.seek(offset),
      onRetry,
    };
    return lanes[lane].run(signal, async () => {
      const outcome = await destination.putBlob(copy, signal);
      if (outcome === 'copied') this.#bytesCopied += Math.min(size, moved);
      return outcome;
    });
  }
}

/** A registry's answer that a manifest refers to something that it does not have (distribution-spec, "Error Codes"). */
function isUnknownContent(error: unknown): error is AirgapError {
  if (!(error instanceof AirgapError)) return false;
  return /\b(?:MANIFEST_BLOB_UNKNOWN|BLOB_UNKNOWN|MANIFEST_UNKNOWN)\b/.test(
    `${error.args['codes'] ?? ''} ${error.message}`,
  );
}

function openBlob(blob: PlannedBlob, source: RelocationSource, options: OpenBlobOptions): Promise<OpenedBlob> {
  const kept = source.kept(blob.descriptor.digest);
  if (kept === undefined) return source.openBlob(blob, options);
  return Promise.resolve({ body: oneChunk(kept.subarray(options.offset)), where: source.description });
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
