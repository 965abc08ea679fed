import { SHORT_REST } from './response-body.ts';
import type { HttpBody } from './response-body.ts';
import type { WireBody } from '../wire/wire-body.ts';

export interface WireAnswerOptions {
  /** Whether a piece is only valid until the next one is requested; otherwise each is a copy. */
  readonly zeroCopy: boolean;
  readonly fail: (error: unknown) => Error;
  /** Returns the connection to its pool. */
  readonly release: () => void;
}

/** The body of a response received through our own HTTP/1.1 client. */
export class WireAnswer implements HttpBody {
  readonly #body: WireBody;
  readonly #options: WireAnswerOptions;
  #isReleased = false;

  constructor(body: WireBody, options: WireAnswerOptions) {
    this.#body = body;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.#release();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async discard(): Promise<void> {
    // A short remainder is read so that the connection can be reused; a longer one is cut off.
    try {
      for (let bytes = 0; bytes <= SHORT_REST;) {
        const piece = await this.#body.next();
        if (piece === undefined) break;
        bytes += piece.byteLength;
      }
    } catch {
      // The body is not needed: how it ends does not matter.
    } finally {
      this.#release();
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isReleased) return { done: true, value: undefined };
    try {
      const piece = await this.#body.next();
      if (piece !== undefined) return { done: false, value: this.#options.zeroCopy ? piece : Buffer.from(piece) };
    } catch (error) {
      this.#release();
      throw this.#options.fail(error);
    }
    this.#release();
    return { done: true, value: undefined };
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#options.release();
  }
}
