import type { Readable } from 'node:stream';

/** Bytes that may wait to be taken before the server is held back. */
const AHEAD = 256 * 1024;
/** Bytes that are worth reading for the sake of the connection. */
export const SHORT_REST = 64 * 1024;

/** Must be read to its end, or given up by `discard`. */
export interface HttpBody extends AsyncIterable<Uint8Array> {
  discard(): Promise<void>;
}

/** An answer's body, whose errors say where they happened. */
export class ResponseBody implements HttpBody {
  readonly #body: Readable;
  readonly #fail: (error: unknown) => Error;

  /** @param fail what a failure to read it is */
  constructor(body: Readable, fail: (error: unknown) => Error) {
    this.#body = body;
    this.#fail = fail;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return new Pieces(this.#body, this.#fail);
  }

  async discard(): Promise<void> {
    // A short rest is read, so that the connection can be used again; a long one is cut.
    try {
      let bytes = 0;
      for await (const chunk of this.#body) {
        bytes += (chunk as Uint8Array).byteLength;
        if (bytes > SHORT_REST) break;
      }
    } catch {
      // Nobody wants this body: how it ends does not matter.
    } finally {
      this.#body.destroy();
    }
  }
}

function closed(): Error {
  return Object.assign(new Error('the response was closed'), { code: 'UND_ERR_CLOSED' });
}

type Piece = IteratorResult<Uint8Array, undefined>;

const END: Piece = { done: true, value: undefined };

/**
 * A stream's pieces as they come from the socket, a few of them ahead. Node's own iterator joins what has come to one
 * piece, by copying it, and stops and starts the socket at each: that is much of what a large blob costs.
 */
class Pieces implements AsyncIterator<Uint8Array, undefined> {
  readonly #body: Readable;
  readonly #ready: Uint8Array[] = [];
  #ahead = 0;
  #end: { readonly error: Error | undefined } | undefined;
  #waiting: { resolve: (piece: Piece) => void; reject: (error: Error) => void } | undefined;

  constructor(body: Readable, fail: (error: unknown) => Error) {
    this.#body = body;
    body.on('data', (chunk: Uint8Array) => this.#take(chunk));
    body.on('end', () => this.#finish(undefined));
    body.on('error', (error) => this.#finish(fail(error)));
    // Without an end or an error before: somebody has closed the connection.
    body.on('close', () => this.#finish(fail(closed())));
    // What was over before anybody listened does not happen again.
    if (body.readableEnded) this.#finish(undefined);
    else if (body.destroyed) this.#finish(fail(body.errored ?? closed()));
  }

  next(): Promise<Piece> {
    const value = this.#ready.shift();
    if (value !== undefined) {
      this.#ahead -= value.byteLength;
      if (this.#ahead < AHEAD && this.#body.isPaused()) this.#body.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#end?.error !== undefined) return Promise.reject(this.#end.error);
    if (this.#end !== undefined) return Promise.resolve(END);
    return new Promise((resolve, reject) => (this.#waiting = { resolve, reject }));
  }

  return(): Promise<Piece> {
    this.#ready.length = 0;
    this.#finish(undefined);
    this.#body.destroy();
    return Promise.resolve(END);
  }

  #take(chunk: Uint8Array): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) return waiting.resolve({ done: false, value: chunk });
    if (this.#end !== undefined) return;
    this.#ready.push(chunk);
    this.#ahead += chunk.byteLength;
    if (this.#ahead >= AHEAD) this.#body.pause();
  }

  #finish(error: Error | undefined): void {
    this.#end ??= { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) return;
    if (this.#end.error === undefined) waiting.resolve(END);
    else waiting.reject(this.#end.error);
  }
}
