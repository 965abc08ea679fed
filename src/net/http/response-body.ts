import type { Readable } from 'node:stream';

/** Bytes that may be buffered before the socket is paused. */
const AHEAD = 256 * 1024;
/** Maximum number of remaining bytes that are read and dropped so that the connection can be reused. */
export const MAX_DRAINED_BYTES = 64 * 1024;

/** Must be read to its end or discarded. */
export interface HttpBody extends AsyncIterable<Uint8Array> {
  discard(): Promise<void>;
}

/** A body that comes from a stream, such as one that decodes it; its errors state where they happened. */
export class ResponseBody implements HttpBody {
  readonly #body: Readable;
  readonly #fail: (error: unknown) => Error;

  /** @param fail makes the error for a failure to read it */
  constructor(body: Readable, fail: (error: unknown) => Error) {
    this.#body = body;
    this.#fail = fail;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return new Pieces(this.#body, this.#fail);
  }

  async discard(): Promise<void> {
    // A short remainder is read so that the connection can be reused; a longer one is cut off.
    try {
      let bytes = 0;
      for await (const chunk of this.#body) {
        bytes += (chunk as Uint8Array).byteLength;
        if (bytes > MAX_DRAINED_BYTES) break;
      }
    } catch {
      // The body is not needed: how it ends does not matter.
    } finally {
      this.#body.destroy();
    }
  }
}

function closed(): Error {
  return Object.assign(new Error('the response was closed'), { code: 'ERR_STREAM_PREMATURE_CLOSE' });
}

type Piece = IteratorResult<Uint8Array, undefined>;

const END: Piece = { done: true, value: undefined };

/**
 * A stream's pieces as they come from the socket, a few of them ahead. Node's own iterator copies what has arrived into one
 * piece, and pauses and resumes the socket for each: for a large blob that costs a lot of CPU time.
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
    // Neither an end nor an error came before: the connection was closed.
    body.on('close', () => this.#finish(fail(closed())));
    // Events from before we listened are not repeated.
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
