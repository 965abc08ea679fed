/** Bytes of each. */
export const BUFFER_SIZE = 256 * 1024;
/** How many wait to be lent out again; more are left to the garbage collector. */
const KEPT = 32;

/** Buffers that come back: making one anew for each read is much of what a large blob costs. */
export class LentBuffers {
  readonly #free: Buffer[] = [];

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(BUFFER_SIZE);
  }

  giveBack(buffer: Buffer): void {
    if (this.#free.length < KEPT) this.#free.push(buffer);
  }
}
