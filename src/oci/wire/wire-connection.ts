import type { Socket } from 'node:net';

import { abortError } from '../../base/errors.ts';
import type { Inbox } from './inbox.ts';
import { requestHead } from './request-head.ts';
import { readHead } from './response-head.ts';
import type { ResponseHead } from './response-head.ts';
import { WireBody } from './wire-body.ts';
import { WireError } from './wire-error.ts';
import { WireReader } from './wire-reader.ts';

export interface WireRequest {
  readonly method: string;
  /** As it stands in the first line. */
  readonly target: string;
  /** With `content-length` where there is a body, and on a connection of ours with `host`. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Ends the request, and the reading of its answer. */
  readonly signal: AbortSignal;
  /** Milliseconds from the last byte of the request to the answer's header. */
  readonly headTimeout: number;
  /** Milliseconds that the answer's body may stop while it is waited for. */
  readonly bodyTimeout: number;
}

export interface WireExchange {
  readonly head: ResponseHead;
  readonly body: WireBody;
}

/** How far one request is. */
interface Progress {
  /** The last byte of the request has been handed to the system. */
  isSent: boolean;
  head?: ResponseHead;
  body?: WireBody;
}

/** One connection: one request at a time. Whoever gets an answer reads its body, then calls `end`. */
export class WireConnection {
  readonly #socket: Socket;
  readonly #inbox: Inbox;
  readonly #reader: WireReader;
  #progress: Progress = { isSent: false };
  #stopWatching: () => void = () => undefined;

  constructor(socket: Socket, inbox: Inbox) {
    this.#socket = socket;
    this.#inbox = inbox;
    this.#reader = new WireReader(inbox);
    inbox.attach(socket);
  }

  /** Whether another request can be sent: as far as is known here. */
  get isIdle(): boolean {
    return !this.#socket.destroyed && this.#socket.readyState === 'open' && this.#reader.isEmpty;
  }

  /** Called when it is closed, by whomever; at once where it is. */
  onClose(listener: () => void): void {
    if (this.#socket.closed) listener();
    else this.#socket.once('close', listener);
  }

  /** @throws WireError, what the system says, what the body's own source failed of, or an AbortError */
  async exchange(request: WireRequest): Promise<WireExchange> {
    const { signal, method, headTimeout, bodyTimeout } = request;
    const abort = () => this.#socket.destroy(abortError());
    signal.addEventListener('abort', abort, { once: true });
    this.#stopWatching = () => signal.removeEventListener('abort', abort);
    const progress: Progress = { isSent: false };
    this.#progress = progress;
    this.#inbox.allow(undefined);
    let deadline: NodeJS.Timeout | undefined;
    try {
      if (signal.aborted) throw abortError();
      const sending = this.#send(request, progress).then(() => {
        // The answer may have come before the system said that it has taken the last byte.
        if (progress.head === undefined) deadline = setTimeout(() => this.#tooLate(headTimeout), headTimeout);
      });
      const head = await raceFailure(readHead(this.#reader, method), sending);
      const body = new WireBody(this.#reader, head.framing);
      [progress.head, progress.body] = [head, body];
      this.#inbox.allow(bodyTimeout);
      return { head, body };
    } catch (error) {
      this.destroy();
      throw signal.aborted ? abortError() : error;
    } finally {
      clearTimeout(deadline);
    }
  }

  /**
   * The answer is not read any further.
   * @returns how long the connection can be used again, in milliseconds and as far as the server said; 0 where it is closed
   */
  end(): number {
    this.#stopWatching();
    const { isSent, head, body } = this.#progress;
    const keptFor = isSent && body?.isOver === true ? (head?.keptFor ?? 0) : 0;
    if (keptFor <= 0) this.destroy();
    return keptFor;
  }

  destroy(): void {
    this.#stopWatching();
    this.#socket.destroy();
  }

  #tooLate(limit: number): void {
    this.#socket.destroy(new WireError('WIRE_TIMEOUT', `no response for ${limit / 1000} s`));
  }

  async #send({ method, target, headers, body }: WireRequest, progress: Progress): Promise<void> {
    const head = Buffer.from(requestHead(method, target, headers), 'latin1');
    if (body === undefined || body instanceof Uint8Array) {
      progress.isSent = true;
      return this.#write(body === undefined ? head : Buffer.concat([head, body]));
    }
    await this.#write(head);
    let left = Number(headers['content-length']);
    progress.isSent = left === 0;
    for await (const piece of body) {
      // An answer that comes early says that the rest is not wanted.
      if (progress.head !== undefined && !progress.isSent) return;
      left -= piece.byteLength;
      if (left < 0) break;
      progress.isSent = left === 0;
      await this.#write(piece);
    }
    if (left !== 0) throw new WireError('WIRE_CLOSED', 'the length of the content differs from what was announced');
  }

  /** Until the system has taken it: then the bytes are nobody's any more. */
  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** The first; or why the second failed, where that comes before. */
function raceFailure<Result>(wanted: Promise<Result>, other: Promise<unknown>): Promise<Result> {
  return new Promise((resolve, reject) => {
    wanted.then(resolve, reject);
    other.catch(reject);
  });
}
