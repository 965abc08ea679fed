/** Bytes of each. */
export const BUFFER_SIZE = 256 * 1024;
/** How many unused buffers are kept; more are left to the garbage collector. */
const MAX_FREE = 32;

/** Reuses buffers: allocating one for each read would cost a large part of the CPU time of a large blob. */
export class BufferPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < MAX_FREE) this.#free.push(buffer);
  }
}
