import type { Socket } from 'node:net';

import { abortError } from '../../base/errors.ts';
import { WaitQueue } from '../../base/wait-queue.ts';
import { SocketReader } from './socket-reader.ts';
import type { BufferPool } from './socket-reader.ts';
import { WireConnection } from './wire-connection.ts';
import { HttpProtocolError } from './http-protocol-error.ts';

/** Milliseconds that an idle connection is kept: less than servers and their load balancers keep it. */
const IDLE_TIMEOUT = 30_000;

/** Opens a connection that reads through `input.onread` if possible; the signal ends the attempt. */
export type OpenSocket = (input: SocketReader, signal: AbortSignal) => Promise<Socket>;

/** Connections to one server: as many as are needed at once, up to a limit. */
export class WirePool {
  readonly #open: OpenSocket;
  readonly #limit: number;
  readonly #buffers: BufferPool;
  readonly #idle: { readonly connection: WireConnection; readonly timer: NodeJS.Timeout }[] = [];
  readonly #all = new Set<WireConnection>();
  readonly #queue = new WaitQueue();
  /** Aborts when the pool is destroyed, and ends connections that are still being opened. */
  readonly #closing = new AbortController();
  #count = 0;

  constructor(open: OpenSocket, limit: number, buffers: BufferPool) {
    this.#open = open;
    this.#limit = limit;
    this.#buffers = buffers;
  }

  /** A connection for one request. Must be returned with `release`. */
  async take(signal: AbortSignal): Promise<WireConnection> {
    for (;;) {
      if (this.#isClosed) throw closed();
      if (signal.aborted) {
        // Its turn may have come at the same time: pass it on.
        this.#queue.next();
        throw abortError();
      }
      const idle = this.#idle.pop();
      if (idle === undefined && this.#count >= this.#limit) {
        await this.#queue.wait(signal, undefined);
        continue;
      }
      if (idle === undefined) return this.#connect(signal);
      clearTimeout(idle.timer);
      if (idle.connection.isIdle) return idle.connection;
      idle.connection.destroy();
    }
  }

  release(connection: WireConnection): void {
    const keptFor = connection.end();
    if (keptFor > 0 && !this.#isClosed) {
      const timer = setTimeout(() => connection.destroy(), Math.min(keptFor, IDLE_TIMEOUT)).unref();
      this.#idle.push({ connection, timer });
    }
    this.#queue.next();
  }

  /** Ends all connections and rejects the requests that wait for one. */
  destroy(): void {
    this.#closing.abort();
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    for (const connection of this.#all) connection.destroy();
    while (this.#queue.length > 0) this.#queue.next();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #connect(signal: AbortSignal): Promise<WireConnection> {
    this.#count++;
    try {
      const input = new SocketReader(this.#buffers);
      const socket = await this.#open(input, AbortSignal.any([signal, this.#closing.signal]));
      const connection = new WireConnection(socket, input);
      if (this.#isClosed) {
        connection.destroy();
        throw closed();
      }
      this.#all.add(connection);
      connection.onClose(() => this.#closed(connection));
      return connection;
    } catch (error) {
      this.#left();
      if (signal.aborted) throw abortError();
      throw this.#isClosed ? closed() : error;
    }
  }

  #closed(connection: WireConnection): void {
    this.#all.delete(connection);
    const index = this.#idle.findIndex((each) => each.connection === connection);
    if (index >= 0) clearTimeout(this.#idle.splice(index, 1)[0]?.timer);
    this.#left();
  }

  #left(): void {
    this.#count--;
    this.#queue.next();
  }
}

function closed(): HttpProtocolError {
  return new HttpProtocolError('WIRE_CLOSED', 'all connections were closed');
}
