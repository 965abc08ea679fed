/** Bytes of each. */
export const BUFFER_SIZE = 256 * 1024;
/** How many unused buffers are kept; more are left to the garbage collector. */
const KEPT = 32;

/** Reuses buffers: allocating one for each read would cost a large part of the CPU time of a large blob. */
export class BufferPool {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < KEPT) this.#free.push(buffer);
  }
}
