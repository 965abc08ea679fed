import type { Socket } from 'node:net';

import { abortError } from '../../base/errors.ts';
import type { SocketReader } from './socket-reader.ts';
import { readHead } from './response-head.ts';
import type { ResponseHead } from './response-head.ts';
import { WireBody, WireReader } from './wire-body.ts';
import { HttpProtocolError } from './http-protocol-error.ts';

export interface WireRequest {
  readonly method: string;
  /** As written in the first line. */
  readonly target: string;
  /** Including `host`, and `content-length` if there is a body. */
  readonly headers: RequestHeaders;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Ends the request, and the reading of its response. */
  readonly signal: AbortSignal;
  /** Milliseconds from the last byte of the request to the response's header. */
  readonly headTimeout: number;
  /** Milliseconds that the response's body may stall while it is being read; undefined: without limit. */
  readonly bodyTimeout: number | undefined;
}

export interface WireExchange {
  readonly head: ResponseHead;
  readonly body: WireBody;
}

/** The progress of one request. */
interface Progress {
  /** The last byte of the request has been passed to the system. */
  isSent: boolean;
  head?: ResponseHead;
  body?: WireBody;
}

/** One connection, with one request at a time. The caller reads the response's body, then calls `end`. */
export class WireConnection {
  readonly #socket: Socket;
  readonly #input: SocketReader;
  readonly #reader: WireReader;
  #progress: Progress = { isSent: false };
  #stopWatching: () => void = () => undefined;

  constructor(socket: Socket, input: SocketReader) {
    this.#socket = socket;
    this.#input = input;
    this.#reader = new WireReader(input);
    input.attach(socket);
  }

  /** Whether another request can be sent, as far as this side knows. */
  get isIdle(): boolean {
    return !this.#socket.destroyed && this.#socket.readyState === 'open' && this.#reader.isEmpty;
  }

  /** Calls the listener when the connection is closed by either side; at once if it already is. */
  onClose(listener: () => void): void {
    if (this.#socket.closed) listener();
    else this.#socket.once('close', listener);
  }

  /** @throws HttpProtocolError, an error of the system, an error of the body's source, or an AbortError */
  async exchange(request: WireRequest): Promise<WireExchange> {
    const { signal, method, headTimeout, bodyTimeout } = request;
    const abort = () => this.#socket.destroy(abortError());
    signal.addEventListener('abort', abort, { once: true });
    this.#stopWatching = () => signal.removeEventListener('abort', abort);
    const progress: Progress = { isSent: false };
    this.#progress = progress;
    this.#input.allow(undefined);
    let deadline: NodeJS.Timeout | undefined;
    try {
      if (signal.aborted) throw abortError();
      const sending = this.#send(request, progress).then(() => {
        // The response may have come before the system confirmed the last byte.
        if (progress.head === undefined) deadline = setTimeout(() => this.#timeOut(headTimeout), headTimeout);
      });
      const head = await raceFailure(readHead(this.#reader, method), sending);
      const body = new WireBody(this.#reader, head.framing);
      [progress.head, progress.body] = [head, body];
      this.#input.allow(bodyTimeout);
      return { head, body };
    } catch (error) {
      this.destroy();
      throw signal.aborted ? abortError() : error;
    } finally {
      clearTimeout(deadline);
    }
  }

  /**
   * Stops reading the response.
   * @returns for how many milliseconds the server allows the connection to be reused; 0 if it is closed
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

  #timeOut(limit: number): void {
    this.#socket.destroy(new HttpProtocolError('WIRE_TIMEOUT', `no response for ${limit / 1000} s`));
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
      // A response that comes early means that the rest is not needed.
      if (progress.head !== undefined && !progress.isSent) return;
      left -= piece.byteLength;
      if (left < 0) break;
      progress.isSent = left === 0;
      await this.#write(piece);
    }
    if (left !== 0)
      throw new HttpProtocolError('WIRE_CLOSED', 'the length of the content differs from what was announced');
  }

  /** Resolves when the system has taken the bytes: their memory can be reused then. */
  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** The result of `wanted`, or the failure of `other` if that comes first. */
function raceFailure<Result>(wanted: Promise<Result>, other: Promise<unknown>): Promise<Result> {
  return new Promise((resolve, reject) => {
    wanted.then(resolve, reject);
    other.catch(reject);
  });
}

export type RequestHeaders = Readonly<Record<string, string | readonly string[]>>;

/**
 * A request's first line and header, CRLF after each (RFC 9112, 2.1).
 * @throws if a value contains characters that could start another line
 */
function requestHead(method: string, path: string, headers: RequestHeaders): string {
  if (!/^[\x21-\x7e]+$/.test(path)) throw new Error('the request URL contains invalid characters');
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => {
      // A value may come from a token server.
      if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw new Error(`the header ${name} contains invalid characters`);
      return `${name}: ${value}\r\n`;
    }),
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
