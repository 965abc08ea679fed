import { oneChunk } from '../base/byte-reader.ts';
import type { Bandwidth } from '../base/bandwidth.ts';
import { isAbort } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import type { OpenBlobOptions } from '../oci/open-blob.ts';
import { AT_ONCE_NEAR } from '../oci/round-trips.ts';
import type { BlobCopy, BlobOutcome, RelocationDestination } from './destination.ts';
import type { Drain, InFlight } from './drain.ts';
import { retryEvent } from './events.ts';
import type { RelocationListener } from './events.ts';
import type { PlannedBlob } from './plan/summarize-plan.ts';
import type { BlobMeter, ProgressMeter } from './progress.ts';
import type { SentBlobs } from './registry/sent-blobs.ts';
import type { OpenedBlob, RelocationSource } from './source.ts';

/** Blobs up to this size in bytes share the lane of small requests. */
const SMALL_BLOB = 256 * 1024;

/** The limits for concurrent blob transfers. */
export interface Lanes {
  readonly small: Limiter;
  readonly blob: Limiter;
  /** How many images may be copied at once: more than small blobs, so that some can wait for their manifests. */
  readonly images: () => number;
}

/**
 * With an explicit concurrency, all blobs share it: 1 transfers one at a time.
 * @param ends what is read from and written to
 */
export function makeLanes(
  concurrency: number | undefined,
  ends: () => readonly (RelocationSource | RelocationDestination)[],
): Lanes {
  if (concurrency === undefined) {
    const atOnce = () => Math.max(AT_ONCE_NEAR, ...ends().map((end) => end.atOnce ?? 0));
    return { small: new Limiter(atOnce), blob: new Limiter(6), images: () => Math.ceil(1.5 * atOnce()) };
  }
  const both = new Limiter(concurrency);
  return { small: both, blob: both, images: () => Math.max(AT_ONCE_NEAR, Math.ceil(1.5 * concurrency)) };
}

export interface BlobCopierOptions {
  readonly source: RelocationSource;
  readonly destination: RelocationDestination;
  readonly lanes: Lanes;
  /** The budget that limits the transfer rate. */
  readonly bandwidth: Bandwidth;
  /** What other relocations of the engine have sent, which this one can mount; undefined for a relocation on its own. */
  readonly sent?: SentBlobs | undefined;
  readonly onEvent: RelocationListener;
}

/** Copies single blobs from a source to a destination. */
export class BlobCopier {
  readonly #options: BlobCopierOptions;
  readonly #drain: Drain;
  readonly #meter: ProgressMeter;
  #bytesCopied = 0;

  constructor(options: BlobCopierOptions, drain: Drain, meter: ProgressMeter) {
    this.#options = options;
    this.#drain = drain;
    this.#meter = meter;
  }

  /** Size of the blobs that were sent. */
  get bytesCopied(): number {
    return this.#bytesCopied;
  }

  /**
   * @param force sends the blob even if the registry reports that it already has it
   * @param image the image that the blob belongs to, for display
   */
  copy(
    blob: PlannedBlob,
    force: boolean,
    image: string,
    meter: BlobMeter | undefined,
    signal: AbortSignal,
  ): Promise<BlobOutcome> {
    const { source, destination, lanes, bandwidth, onEvent } = this.#options;
    const { digest, size } = blob.descriptor;
    const lane = size <= SMALL_BLOB ? 'small' : 'blob';
    const mountFrom =
      force || destination.registry === undefined
        ? undefined
        : (blob.mountFrom ??
          source.mountFrom(blob, destination.registry) ??
          this.#options.sent?.find(destination.registry, digest));
    const listed = this.#meter.transfer({ digest, image, size });
    let moved = 0;
    const onRetry = (error: Error, attempt: number, milliseconds?: number) => {
      if (!isAbort(error)) onEvent(retryEvent(digest, error, attempt, milliseconds));
    };
    const copyOf = (transfer: InFlight): BlobCopy => ({
      descriptor: blob.descriptor,
      lane,
      bandwidth,
      force,
      isLocal: source.isLocal,
      ...(mountFrom === undefined ? {} : { mountFrom }),
      open: (stop, offset) =>
        openPlannedBlob(blob, source, {
          lane,
          zeroCopy: lane === 'blob',
          signal: stop,
          offset,
          onRetry,
          onRead: (bytes) => this.#meter.read(bytes),
        }),
      onBytes: (bytes) => {
        moved += bytes;
        transfer.moved();
        meter?.add(bytes);
        listed.add(bytes);
      },
      onSeek: (offset) => {
        meter?.seek(offset);
        listed.seek(offset);
      },
      onKept: (bytes) => meter?.keep(bytes),
      rest: () => transfer.rest(),
      onRetry: (error, attempt) => {
        transfer.waiting();
        onRetry(error, attempt);
      },
    });
    const copied = lanes[lane].run(signal, async () => {
      const put = () => this.#drain.run((transfer) => destination.putBlob(copyOf(transfer), signal));
      const outcome = await listed.run(put);
      if (outcome === 'copied') this.#bytesCopied += Math.min(size, moved);
      const { registry, description } = destination;
      if (registry !== undefined) this.#options.sent?.add(registry, description, digest);
      return outcome;
    });
    return copied.finally(() => listed.end());
  }
}

/** Opens a blob from memory if planning has read it, otherwise from the source. */
function openPlannedBlob(blob: PlannedBlob, source: RelocationSource, options: OpenBlobOptions): Promise<OpenedBlob> {
  const kept = source.cached(blob.descriptor.digest);
  if (kept === undefined) return source.openBlob(blob, options);
  return Promise.resolve({ body: oneChunk(kept.subarray(options.offset)), where: source.description });
}
