import { isAbort } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { SingleFlight } from '../base/single-flight.ts';
import type { ManifestNode } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { BlobOutcome, RelocationDestination } from './destination.ts';
import type { RelocationListener } from './events.ts';
import type { PlannedBlob, RelocationPlan } from './plan.ts';
import { ProgressMeter } from './progress.ts';
import type { RelocationSource } from './source.ts';

/** Blobs up to this size share the lane of small requests. Bytes. */
const SMALL_BLOB = 256 * 1024;

/** How many blobs are under way at once. */
export interface Lanes {
  readonly small: Limiter;
  readonly blob: Limiter;
}

/** With a number given, all blob bodies share it: 1 is one at a time. */
export function makeLanes(concurrency: number | undefined): Lanes {
  if (concurrency === undefined) return { small: new Limiter(24), blob: new Limiter(6) };
  const both = new Limiter(concurrency);
  return { small: both, blob: both };
}

export interface RunResult {
  readonly blobs: Readonly<Record<BlobOutcome | 'skipped', number>>;
  /** Bytes of the blobs that were sent. */
  readonly bytesCopied: number;
}

/**
 * Does what a plan says: for each image its blobs, then its manifests, then itself under imgpkg's tag; when all are
 * complete, locations images and users' tags. Whatever fails stops the rest, and nothing is named that is not complete.
 */
export async function runPlan(
  plan: RelocationPlan,
  source: RelocationSource,
  destination: RelocationDestination,
  lanes: Lanes,
  onEvent: RelocationListener,
  signal: AbortSignal,
): Promise<RunResult> {
  const outcomes = { copied: 0, mounted: 0, present: 0, skipped: 0 };
  let bytesCopied = 0;
  const items = plan.content.items.filter(({ image }) => !plan.present.has(image.node.digest));
  const toDo = [...plan.blobs.values()];
  const meter = new ProgressMeter(
    { images: items.length, blobs: toDo.length, bytes: toDo.reduce((sum, { descriptor }) => sum + descriptor.size, 0) },
    onEvent,
  );
  const blobs = new SingleFlight<Digest, void>();
  const children = new SingleFlight<Digest, void>();

  const putBlob = async (blob: PlannedBlob, stop: AbortSignal): Promise<void> => {
    const { digest, size } = blob.descriptor;
    const own = meter.blob(size);
    if (blob.action === 'copy') {
      const lane = size <= SMALL_BLOB ? 'small' : 'blob';
      const mountFrom = source.mountFrom(blob, destination.registry);
      const copy: BlobCopy = {
        descriptor: blob.descriptor,
        lane,
        ...(mountFrom === undefined ? {} : { mountFrom }),
        open: (signal) => openBlob(blob, source, lane, signal),
        onBytes: (bytes) => own.add(bytes),
        onRestart: (error, attempt) => {
          own.restart();
          if (!isAbort(error)) onEvent({ type: 'retry', what: digest, reason: error.message, attempt });
        },
      };
      const outcome = await lanes[lane].run(stop, () => destination.putBlob(copy, stop));
      outcomes[outcome]++;
      if (outcome === 'copied') bytesCopied += size;
    } else {
      outcomes[blob.action === 'skip' ? 'skipped' : 'present']++;
    }
    own.done();
  };

  const putNode = async (node: ManifestNode, top: boolean, stop: AbortSignal): Promise<void> => {
    await forEachParallel(node.children, stop, (child, inner) =>
      children.do(child.digest, () => putNode(child, false, inner)),
    );
    await forEachParallel(node.blobs, stop, async ({ digest }, inner) => {
      const blob = plan.blobs.get(digest);
      if (blob !== undefined) await blobs.do(digest, () => putBlob(blob, inner));
    });
    await destination.putManifest(node, top, stop);
  };

  onEvent({ type: 'phase', phase: 'copy', detail: `${items.length} images, ${toDo.length} blobs` });
  meter.phase('copy');
  await forEachParallel(items, signal, async ({ image }, stop) => {
    await putNode(image.node, true, stop);
    meter.image();
  });
  onEvent({ type: 'phase', phase: 'finish', detail: 'locations and tags' });
  meter.phase('finish');
  await destination.finish(plan.content, plan.currentTags, signal);
  return { blobs: outcomes, bytesCopied };
}

async function openBlob(blob: PlannedBlob, source: RelocationSource, lane: 'small' | 'blob', signal: AbortSignal) {
  const kept = source.kept(blob.descriptor.digest);
  if (kept === undefined) return source.openBlob(blob, lane, signal);
  return { body: oneChunk(kept), where: source.description };
}

async function* oneChunk(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
