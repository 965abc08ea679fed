import { AirgapError, isAbort } from '../base/errors.ts';
import { ociError } from './errors.ts';
import type { HttpBody } from '../net/http/response-body.ts';
import { RetryBudget } from './retry.ts';
import type { RetryOptions } from './retry.ts';

/**
 * Bytes after which a connection counts as progress, so that one that breaks again and again is not retried forever.
 */
const PROGRESS = 1024 * 1024;

/** A response with a blob's bytes from `first` on. */
export interface BlobPart {
  readonly body: HttpBody;
  /** Position of the body's first byte in the blob. */
  readonly first: number;
}

/**
 * Opens a blob at a position.
 * @param isWhole requests it from its start, without a Range
 * @throws oci.range-invalid if the response is not the requested part
 */
export type OpenPart = (position: number, isWhole: boolean) => Promise<BlobPart>;

export interface ResumingOptions extends RetryOptions {
  /** Position of the first byte to read. */
  readonly offset: number;
  /** Size of the complete blob; bytes. */
  readonly size: number;
  /** Called with the number of bytes of each piece that arrives, also of those that are dropped. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/**
 * A blob's bytes from an offset to its end, even if connections are lost: each new one continues where the last one
 * ended, and starts at the registry's URL, since a redirect may have expired. If a server cannot send a part, the
 * complete blob is requested, and the bytes that were already delivered are dropped. The reader verifies the digest of
 * the complete blob.
 */
export class ResumingBody implements AsyncIterable<Uint8Array> {
  readonly #open: OpenPart;
  readonly #options: ResumingOptions;
  readonly #budget: RetryBudget;
  #position: number;
  #isWhole = false;
  /** Opened but not read yet. */
  #part: BlobPart | undefined;
  #pieces: AsyncIterator<Uint8Array> | undefined;
  /** Bytes of this connection that have already been delivered. */
  #skip = 0;
  #goal = 0;
  #hasEnded = false;

  private constructor(open: OpenPart, options: ResumingOptions) {
    this.#open = open;
    this.#options = options;
    this.#position = options.offset;
    this.#budget = new RetryBudget(options);
  }

  /** Opens the first connection, so that a missing blob is reported at once. */
  static async open(open: OpenPart, options: ResumingOptions): Promise<ResumingBody> {
    const body = new ResumingBody(open, options);
    body.#part = await body.#next();
    return body;
  }

  // Not a generator, because each layer of them takes a considerable share of the time for a large blob.
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => this.#piece(), return: () => this.#abandon() };
  }

  async #piece(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this.#hasEnded) {
      const pieces = this.#pieces ?? this.#begin(this.#part ?? (await this.#next()));
      this.#pieces = pieces;
      // The reader gave up while the connection was being opened.
      if (this.#isAbandoned()) {
        await pieces.return?.();
        break;
      }
      try {
        const { done, value } = await pieces.next();
        // A body that ends early without an error has the wrong size, which the reader detects.
        if (done === true) break;
        this.#options.onRead?.(value.byteLength);
        const rest = this.#skip > 0 ? value.subarray(Math.min(this.#skip, value.byteLength)) : value;
        this.#skip -= value.byteLength - rest.byteLength;
        if (rest.byteLength === 0) continue;
        this.#position += rest.byteLength;
        if (this.#position >= this.#goal) this.#budget.progressed();
        return { done: false, value: rest };
      } catch (error) {
        this.#pieces = undefined;
        // A connection that breaks after the last byte does no harm.
        if (this.#position >= this.#options.size && !isAbort(error)) break;
        await this.#budget.spend(error);
      }
    }
    this.#hasEnded = true;
    return { done: true, value: undefined };
  }

  #isAbandoned(): boolean {
    return this.#hasEnded;
  }

  #begin({ body, first }: BlobPart): AsyncIterator<Uint8Array> {
    this.#part = undefined;
    this.#skip = this.#position - first;
    this.#goal = this.#position + PROGRESS;
    return body[Symbol.asyncIterator]();
  }

  async #abandon(): Promise<IteratorReturnResult<undefined>> {
    this.#hasEnded = true;
    const pieces = this.#pieces ?? this.#part?.body[Symbol.asyncIterator]();
    await pieces?.return?.();
    return { done: true, value: undefined };
  }

  async #next(): Promise<BlobPart> {
    for (;;) {
      try {
        return await this.#open(this.#position, this.#isWhole);
      } catch (error) {
        if (this.#hasEnded) throw error;
        if (error instanceof AirgapError && error.code === 'oci.range-invalid' && !this.#isWhole) this.#isWhole = true;
        else await this.#budget.spend(error);
      }
    }
  }
}

/** The error for a response that is not the requested part. */
export function rangeInvalid(host: string, step: string, reason: string): AirgapError {
  return ociError('range-invalid', { host, step, reason });
}
