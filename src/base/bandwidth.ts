import { WaitQueue } from './wait-queue.ts';

/** Burst after a pause, in seconds at the given rate. */
const BURST = 0.1;
/** Milliseconds; the longest delay that a timer accepts here. */
const MAX_WAIT = 60_000;

/**
 * A shared budget of bytes per second (a token bucket), which can be changed while callers wait. A piece of any size
 * may go as soon as the budget has no debt; the next caller waits for the debt it leaves. Callers are served in order,
 * so that a small blob does not wait for the whole of a large one.
 */
export class Bandwidth {
  readonly #now: () => number;
  /** With the bytes that each caller waits for. */
  readonly #queue = new WaitQueue<number>();
  #limit: number | undefined;
  /** Bytes that may go now; negative for a debt. */
  #tokens = 0;
  #countedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now clock in milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The limit in bytes per second; undefined for no limit. */
  get bytesPerSecond(): number | undefined {
    return this.#limit;
  }

  /** Sets the rate; undefined, or a number that is not positive, removes the limit. */
  limit(bytesPerSecond: number | undefined): void {
    this.#refill();
    this.#limit = bytesPerSecond !== undefined && bytesPerSecond > 0 ? bytesPerSecond : undefined;
    if (this.#limit === undefined) this.#tokens = 0;
    this.#release();
  }

  /**
   * Takes bytes from the budget.
   * @returns a promise to wait for before sending them; undefined if they may be sent at once
   */
  spend(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#limit === undefined) return undefined;
    this.#refill();
    if (this.#queue.length === 0 && this.#tokens >= 0) {
      this.#tokens -= bytes;
      return undefined;
    }
    return this.#wait(bytes, signal);
  }

  async #wait(bytes: number, signal: AbortSignal): Promise<void> {
    const turn = this.#queue.wait(signal, bytes);
    this.#release();
    try {
      await turn;
    } catch (error) {
      // The timer must not outlive the last caller.
      this.#release();
      throw error;
    }
  }

  #refill(): void {
    const now = this.#now();
    if (this.#limit !== undefined) {
      const earned = ((now - this.#countedAt) / 1000) * this.#limit;
      this.#tokens = Math.min(this.#tokens + earned, this.#limit * BURST);
    }
    this.#countedAt = now;
  }

  /** Releases the waiters that may go and schedules the next check. */
  #release(): void {
    clearTimeout(this.#timer);
    this.#refill();
    while (this.#limit === undefined || this.#tokens >= 0) {
      const bytes = this.#queue.next();
      if (bytes === undefined) return;
      if (this.#limit !== undefined) this.#tokens -= bytes;
    }
    if (this.#queue.length === 0) return;
    const wait = Math.ceil((-this.#tokens / this.#limit) * 1000);
    this.#timer = setTimeout(() => this.#release(), Math.min(wait, MAX_WAIT));
  }
}
