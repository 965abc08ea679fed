import { SHORT_REST } from './response-body.ts';
import type { HttpBody } from './response-body.ts';
import type { WireBody } from '../wire/wire-body.ts';

export interface WireAnswerOptions {
  /** Whether a piece is the reader's only until it asks for the next one; otherwise each is a copy. */
  readonly lends: boolean;
  readonly fail: (error: unknown) => Error;
  /** Gives the connection back. */
  readonly release: () => void;
}

/** The body of an answer on a connection of our own. */
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
    // A short rest is read, so that the connection can be used again; a long one is cut.
    try {
      for (let bytes = 0; bytes <= SHORT_REST;) {
        const piece = await this.#body.next();
        if (piece === undefined) break;
        bytes += piece.byteLength;
      }
    } catch {
      // Nobody wants this body: how it ends does not matter.
    } finally {
      this.#release();
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isReleased) return { done: true, value: undefined };
    try {
      const piece = await this.#body.next();
      if (piece !== undefined) return { done: false, value: this.#options.lends ? piece : Buffer.from(piece) };
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
