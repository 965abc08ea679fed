import { AirgapError, isAbort } from '../base/errors.ts';
import { ociError } from './errors.ts';
import type { HttpBody } from '../net/http/response-body.ts';
import { RetryBudget } from './retry.ts';
import type { RetryOptions } from './retry.ts';

/** Bytes after which a connection counts as progress: one that breaks again and again must not go on for ever. */
const PROGRESS = 1024 * 1024;

/** An answer to a request for a blob's bytes from `first` on. */
export interface BlobPart {
  readonly body: HttpBody;
  /** Where its first byte stands in the blob. */
  readonly first: number;
}

/**
 * Opens a blob at a position.
 * @param isWhole ask for it from its start, without a Range
 * @throws oci.range-invalid where the answer is another part than was asked for
 */
export type OpenPart = (position: number, isWhole: boolean) => Promise<BlobPart>;

export interface ResumingOptions extends RetryOptions {
  /** Where to begin; bytes. */
  readonly offset: number;
  /** Of the whole blob; bytes. */
  readonly size: number;
}

/**
 * A blob's bytes from an offset to its end, whatever happens to the connections on which they come: each new one goes on
 * where the last one ended, and begins at the registry's URL, since a redirect may have expired. Where a server cannot
 * send a part, it is asked for the whole, of which what has been is dropped. Who reads compares the digest of the whole.
 */
export class ResumingBody implements AsyncIterable<Uint8Array> {
  readonly #open: OpenPart;
  readonly #options: ResumingOptions;
  readonly #budget: RetryBudget;
  #position: number;
  #isWhole = false;
  /** Opened, and not read yet. */
  #part: BlobPart | undefined;
  #pieces: AsyncIterator<Uint8Array> | undefined;
  /** Bytes of this connection that have been before. */
  #skip = 0;
  #goal = 0;
  #hasEnded = false;

  private constructor(open: OpenPart, options: ResumingOptions) {
    this.#open = open;
    this.#options = options;
    this.#position = options.offset;
    this.#budget = new RetryBudget(options);
  }

  /** Opens the first connection, so that a blob that is not there is known at once. */
  static async open(open: OpenPart, options: ResumingOptions): Promise<ResumingBody> {
    const body = new ResumingBody(open, options);
    body.#part = await body.#next();
    return body;
  }

  // No generator: each layer of them costs a good deal of what a large blob takes.
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return { next: () => this.#piece(), return: () => this.#giveUp() };
  }

  async #piece(): Promise<IteratorResult<Uint8Array, undefined>> {
    while (!this.#hasEnded) {
      const pieces = this.#pieces ?? this.#begin(this.#part ?? (await this.#next()));
      this.#pieces = pieces;
      // Given up while it was being opened.
      if (this.#isGivenUp()) {
        await pieces.return?.();
        break;
      }
      try {
        const { done, value } = await pieces.next();
        // Too few bytes without an error are the blob's own size: comparing it is for the reader.
        if (done === true) break;
        const rest = this.#skip > 0 ? value.subarray(Math.min(this.#skip, value.byteLength)) : value;
        this.#skip -= value.byteLength - rest.byteLength;
        if (rest.byteLength === 0) continue;
        this.#position += rest.byteLength;
        if (this.#position >= this.#goal) this.#budget.progressed();
        return { done: false, value: rest };
      } catch (error) {
        this.#pieces = undefined;
        // That the connection broke after the last byte does no harm.
        if (this.#position >= this.#options.size && !isAbort(error)) break;
        await this.#budget.spend(error);
      }
    }
    this.#hasEnded = true;
    return { done: true, value: undefined };
  }

  #isGivenUp(): boolean {
    return this.#hasEnded;
  }

  #begin({ body, first }: BlobPart): AsyncIterator<Uint8Array> {
    this.#part = undefined;
    this.#skip = this.#position - first;
    this.#goal = this.#position + PROGRESS;
    return body[Symbol.asyncIterator]();
  }

  async #giveUp(): Promise<IteratorReturnResult<undefined>> {
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

/** The answer is not the part that was asked for. */
export function rangeInvalid(host: string, step: string, reason: string): AirgapError {
  return ociError('range-invalid', { host, step, reason });
}
