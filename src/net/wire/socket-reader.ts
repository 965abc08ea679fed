import type { Socket } from 'node:net';

import { HttpProtocolError } from './http-protocol-error.ts';

/** How many unused buffers are kept; more are left to the garbage collector. */
const MAX_FREE = 32;

/** Reuses buffers: allocating one for each read would cost a large part of the CPU time of a large blob. */
export class BufferPool {
  readonly #size: number;
  readonly #free: Buffer[] = [];

  /** @param size bytes of each */
  constructor(size: number) {
    this.#size = size;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < MAX_FREE) this.#free.push(buffer);
  }
}

/** A buffer with less room than this counts as full: it is the most that TLS delivers at once. Bytes. */
const MIN_ROOM = 16 * 1024;
/** Number of full buffers that may wait to be read before the socket is paused. */
const MAX_WAITING = 2;

interface Filled {
  readonly buffer: Buffer;
  readonly start: number;
  readonly end: number;
}

interface Waiting {
  readonly resolve: (piece: Buffer | undefined) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Reads a socket into buffers that are reused, so a piece is only valid until the next one is requested.
 */
export class SocketReader {
  /** For `net.connect` and `tls.connect`: the socket reads into our buffers instead of allocating its own. */
  readonly onread = {
    buffer: (): Uint8Array => this.#buffer.subarray(this.#end),
    callback: (bytes: number): boolean => this.#filled(bytes),
  };
  readonly #buffers: BufferPool;
  #buffer: Buffer;
  /** Positions in the buffer: read up to, and filled up to. */
  #start = 0;
  #end = 0;
  readonly #full: Filled[] = [];
  /** A full buffer whose last piece the caller still uses. */
  #inUse: Buffer | undefined;
  #socket: Socket | undefined;
  #isPaused = false;
  #ended: { readonly error: Error | undefined } | undefined;
  #waiting: Waiting | undefined;
  #limit: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(buffers: BufferPool) {
    this.#buffers = buffers;
    this.#buffer = buffers.take();
  }

  /** Whether everything received has been read. */
  get isEmpty(): boolean {
    return this.#full.length === 0 && this.#start === this.#end;
  }

  /** Starts reading a socket; one that was not created with `onread` costs a copy. */
  attach(socket: Socket): void {
    this.#socket = socket;
    socket.on('data', (chunk: Uint8Array) => {
      if (!this.#copy(chunk)) socket.pause();
    });
    socket.on('end', () => this.#finish(undefined));
    socket.on('error', (error) => this.#finish(error));
    socket.on('close', () => {
      this.#finish(new HttpProtocolError('WIRE_CLOSED', 'the connection was closed'));
      this.#stopTimer();
    });
    if (socket.destroyed) this.#finish(new HttpProtocolError('WIRE_CLOSED', 'the connection was closed'));
  }

  /** Sets how long each `next` may wait, in milliseconds; undefined: forever. */
  allow(limit: number | undefined): void {
    if (limit !== this.#limit) this.#stopTimer();
    this.#limit = limit;
    if (this.#waiting !== undefined) this.#startTimer();
  }

  /** The next piece, as soon as there is one; undefined at the end. Not for two callers at once. */
  next(): Promise<Buffer | undefined> {
    const piece = this.#take();
    if (piece !== undefined) return Promise.resolve(piece);
    if (this.#ended?.error !== undefined) return Promise.reject(this.#ended.error);
    if (this.#ended !== undefined) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#startTimer();
    });
  }

  #take(): Buffer | undefined {
    if (this.#inUse !== undefined) this.#buffers.giveBack(this.#inUse);
    this.#inUse = undefined;
    const full = this.#full.shift();
    if (full === undefined && this.#start === this.#end) return undefined;
    if (this.#isPaused && this.#full.length < MAX_WAITING) {
      this.#isPaused = false;
      this.#socket?.resume();
    }
    if (full !== undefined) {
      this.#inUse = full.buffer;
      return full.buffer.subarray(full.start, full.end);
    }
    const piece = this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
    return piece;
  }

  #copy(chunk: Uint8Array): boolean {
    let mayContinue = true;
    for (let done = 0; done < chunk.byteLength;) {
      const part = chunk.subarray(done, done + this.#buffer.byteLength - this.#end);
      this.#buffer.set(part, this.#end);
      done += part.byteLength;
      mayContinue = this.#filled(part.byteLength);
    }
    return mayContinue;
  }

  /** @returns false if the socket has to pause */
  #filled(bytes: number): boolean {
    this.#end += bytes;
    const isFull = this.#buffer.byteLength - this.#end < MIN_ROOM;
    if (isFull) {
      this.#full.push({ buffer: this.#buffer, start: this.#start, end: this.#end });
      this.#buffer = this.#buffers.take();
      [this.#start, this.#end] = [0, 0];
    }
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve(this.#take());
    this.#isPaused = this.#full.length >= MAX_WAITING;
    return !this.#isPaused;
  }

  #finish(error: Error | undefined): void {
    this.#ended ??= { error };
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (this.#ended.error === undefined) waiting?.resolve(undefined);
    else waiting?.reject(this.#ended.error);
  }

  #startTimer(): void {
    const limit = this.#limit;
    if (limit === undefined) return;
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#abandon(limit), limit);
    else this.#timer.refresh();
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #abandon(limit: number): void {
    if (this.#waiting === undefined) return;
    const error = new HttpProtocolError('WIRE_STALLED', `no data for ${limit / 1000} s`);
    this.#finish(error);
    this.#socket?.destroy(error);
  }
}
