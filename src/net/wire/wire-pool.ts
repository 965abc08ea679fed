import type { Socket } from 'node:net';

import { abortError } from '../../base/errors.ts';
import { Inbox } from './socket-reader.ts';
import type { LentBuffers } from './buffer-pool.ts';
import { WireConnection } from './wire-connection.ts';
import { WireError } from './http-protocol-error.ts';

/** Milliseconds that a connection is kept which nobody uses: less than servers and what stands before them do. */
const IDLE_TIMEOUT = 30_000;

/** Opens a connection that reads into the inbox, if it can; the signal ends the attempt. */
export type OpenSocket = (inbox: Inbox, signal: AbortSignal) => Promise<Socket>;

/** Connections to one server: as many as are asked for at once, up to a limit. */
export class WirePool {
  readonly #open: OpenSocket;
  readonly #limit: number;
  readonly #buffers: LentBuffers;
  readonly #idle: { readonly connection: WireConnection; readonly timer: NodeJS.Timeout }[] = [];
  readonly #all = new Set<WireConnection>();
  readonly #waiting: (() => void)[] = [];
  /** Ends with the pool: connections that are still being opened end, too. */
  readonly #closing = new AbortController();
  #count = 0;

  constructor(open: OpenSocket, limit: number, buffers: LentBuffers) {
    this.#open = open;
    this.#limit = limit;
    this.#buffers = buffers;
  }

  /** A connection for one request. Must be given back by `release`. */
  async take(signal: AbortSignal): Promise<WireConnection> {
    for (;;) {
      if (this.#isClosed) throw closed();
      if (signal.aborted) {
        // It may have been this one's turn.
        this.#waiting.shift()?.();
        throw abortError();
      }
      const idle = this.#idle.pop();
      if (idle === undefined && this.#count >= this.#limit) {
        await this.#turn(signal);
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
    this.#waiting.shift()?.();
  }

  /** Ends all connections, and whoever waits for one. */
  destroy(): void {
    this.#closing.abort();
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    for (const connection of this.#all) connection.destroy();
    for (const go of this.#waiting.splice(0)) go();
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  async #connect(signal: AbortSignal): Promise<WireConnection> {
    this.#count++;
    try {
      const inbox = new Inbox(this.#buffers);
      const socket = await this.#open(inbox, AbortSignal.any([signal, this.#closing.signal]));
      const connection = new WireConnection(socket, inbox);
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
    this.#waiting.shift()?.();
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = () => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const abort = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(abortError());
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#waiting.push(go);
    });
  }
}

function closed(): WireError {
  return new WireError('WIRE_CLOSED', 'all connections were closed');
}
