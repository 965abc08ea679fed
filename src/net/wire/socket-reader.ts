import type { Socket } from 'node:net';

import type { LentBuffers } from './buffer-pool.ts';
import { WireError } from './http-protocol-error.ts';

/** With less room than this a buffer counts as full. It is what TLS hands over at the most. Bytes. */
const LEAST_ROOM = 16 * 1024;
/** Full buffers that wait to be read before the server is held back. */
const MOST_WAITING = 2;

interface Filled {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

interface Waiting {
  readonly resolve: (piece: Uint8Array | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * What comes from a socket. It is read into buffers that are used again, so a piece belongs to its reader only until the
 * next one is asked for.
 */
export class Inbox {
  /** For `net.connect` and `tls.connect`: the socket reads into our buffers, without making ones of its own. */
  readonly onread = {
    buffer: (): Uint8Array => this.#buffer.subarray(this.#end),
    callback: (bytes: number): boolean => this.#filled(bytes),
  };
  readonly #buffers: LentBuffers;
  #buffer: Buffer;
  /** In the buffer: up to where it has been read, and up to where it is filled. */
  #start = 0;
  #end = 0;
  readonly #full: Filled[] = [];
  /** Full, and its last piece is with the reader. */
  #lent: Buffer | undefined;
  #socket: Socket | undefined;
  #isHeldBack = false;
  #over: { readonly error: Error | undefined } | undefined;
  #waiting: Waiting | undefined;
  #limit: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(buffers: LentBuffers) {
    this.#buffers = buffers;
    this.#buffer = buffers.take();
  }

  /** Whether nothing is there that was not read. */
  get isEmpty(): boolean {
    return this.#full.length === 0 && this.#start === this.#end;
  }

  /** Reads this socket; one that was not made with `onread` costs a copy. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => {
      if (!this.#copy(chunk)) socket.pause();
    });
    socket.on('end', () => this.#finish(undefined));
    socket.on('error', (error) => this.#finish(error));
    socket.on('close', () => {
      this.#finish(new WireError('WIRE_CLOSED', 'the connection was closed'));
      this.#stopTimer();
    });
    if (socket.destroyed) this.#finish(new WireError('WIRE_CLOSED', 'the connection was closed'));
  }

  /** How long `next` may wait, from now on and each time: milliseconds; undefined without end. */
  allow(limit: number | undefined): void {
    if (limit !== this.#limit) this.#stopTimer();
    this.#limit = limit;
    if (this.#waiting !== undefined) this.#startTimer();
  }

  /** What has come since, as soon as there is any; undefined at the end. Not for two readers at once. */
  next(): Promise<Uint8Array | undefined> {
    const piece = this.#take();
    if (piece !== undefined) return Promise.resolve(piece);
    if (this.#over?.error !== undefined) return Promise.reject(this.#over.error);
    if (this.#over !== undefined) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#startTimer();
    });
  }

  #take(): Uint8Array | undefined {
    if (this.#lent !== undefined) this.#buffers.giveBack(this.#lent);
    this.#lent = undefined;
    const full = this.#full.shift();
    if (full === undefined && this.#start === this.#end) return undefined;
    if (this.#isHeldBack && this.#full.length < MOST_WAITING) {
      this.#isHeldBack = false;
      this.#socket?.resume();
    }
    if (full !== undefined) {
      this.#lent = full.buffer;
      return full.buffer.subarray(full.start, full.end);
    }
    const piece = this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return piece;
  }

  #copy(chunk: Uint8Array): boolean {
    let goesOn = true;
    for (let done = 0; done < chunk.byteLength;) {
      const part = chunk.subarray(done, done + this.#buffer.byteLength - this.#end);
      this.#buffer.set(part, this.#end);
      done += part.byteLength;
      goesOn = this.#filled(part.byteLength);
    }
    return goesOn;
  }

  /** @returns false where the socket is to wait */
  #filled(bytes: number): boolean {
    this.#end += bytes;
    const isFull = this.#buffer.byteLength - this.#end < LEAST_ROOM;
    if (isFull) {
      this.#full.push({ buffer: this.#buffer, start: this.#start, end: this.#end });
      this.#buffer = this.#buffers.take();
      [this.#start, this.#end] = [0, 0];
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(this.#take());
    this.#isHeldBack = this.#full.length >= MOST_WAITING;
    return !this.#isHeldBack;
  }

  #finish(error: Error | undefined): void {
    this.#over ??= { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#over.error === undefined) waiting?.resolve(undefined);
    else waiting?.reject(this.#over.error);
  }

  #startTimer(): void {
    const limit = this.#limit;
    if (limit === undefined) return;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#giveUp(limit), limit);
    else this.#timer.refresh();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #giveUp(limit: number): void {
    if (this.#waiting === undefined) return;
    const error = new WireError('WIRE_STALLED', `no data for ${limit / 1000} s`);
    this.#finish(error);
    this.#socket?.destroy(error);
  }
}
