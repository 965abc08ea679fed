import { abortError } from './errors.ts';

/** Seconds of the rate that may pass at once after a pause. */
const BURST = 0.1;
/** Milliseconds; a timer takes no longer ones. */
const LONGEST_WAIT = 60_000;

interface Waiter {
  readonly bytes: number;
  readonly go: () => void;
}

/**
 * One budget of bytes a second for all who share it (a token bucket), which can be changed while they wait. A piece goes
 * when the budget owes nothing, whatever its size, and what it owes then is waited for by the next: in order, so that a
 * small blob is not kept behind the whole of a large one.
 */
export class Bandwidth {
  readonly #now: () => number;
  readonly #waiting: Waiter[] = [];
  #limit: number | undefined;
  /** Bytes that may go now; below zero: that are owed. */
  #tokens = 0;
  #countedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** From now on so many bytes a second; undefined, or what is no number above 0: as fast as it goes. */
  limit(bytesPerSecond: number | undefined): void {
    this.#refill();
    this.#limit = bytesPerSecond !== undefined && bytesPerSecond > 0 ? bytesPerSecond : undefined;
    if (this.#limit === undefined) this.#tokens = 0;
    this.#release();
  }

  /**
   * Takes bytes from the budget.
   * @returns what is to be waited for before they go; undefined where they may go at once
   */
  spend(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#limit === undefined) return undefined;
    this.#refill();
    if (this.#waiting.length === 0 && this.#tokens >= 0) {
      this.#tokens -= bytes;
      return undefined;
    }
    return this.#wait(bytes, signal);
  }

  #wait(bytes: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(abortError());
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(abortError());
        this.#release();
      };
      const go = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const waiter = { bytes, go };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(waiter);
      this.#release();
    });
  }

  #refill(): void {
    const now = this.#now();
    if (this.#limit !== undefined) {
      const earned = ((now - this.#countedAt) / 1000) * this.#limit;
      this.#tokens = Math.min(this.#tokens + earned, this.#limit * BURST);
    }
    this.#countedAt = now;
  }

  /** Lets go of who may go, and comes back when the next may. */
  #release(): void {
    clearTimeout(this.#timer);
    this.#refill();
    while (this.#limit === undefined || this.#tokens >= 0) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (this.#limit !== undefined) this.#tokens -= next.bytes;
      next.go();
    }
    if (this.#waiting.length === 0) return;
    const wait = Math.ceil((-this.#tokens / this.#limit) * 1000);
    this.#timer = setTimeout(() => this.#release(), Math.min(wait, LONGEST_WAIT));
  }
}
