import { abortError } from './errors.ts';
import { WaitQueue } from './wait-queue.ts';

/** At least 1; a function if it can change. */
export type Limit = number | (() => number);

/** Limits how many operations run at once; the others wait in order. */
export class Limiter {
  readonly #limit: () => number;
  readonly #queue = new WaitQueue();
  #taken = 0;

  constructor(limit: Limit) {
    this.#limit = typeof limit === 'number' ? () => Math.max(1, limit) : limit;
  }

  /** Whether the next caller would get a slot immediately. */
  get hasRoom(): boolean {
    return this.#queue.length === 0 && this.#taken < this.#limit();
  }

  /** Runs the operation when a slot is free. Rejects at once if the signal is aborted while waiting. */
  async run<Result>(signal: AbortSignal, operation: () => Promise<Result>): Promise<Result> {
    const release = await this.acquire(signal);
    try {
      return await operation();
    } finally {
      release();
    }
  }

  /**
   * Waits for a slot and resolves with a function that releases it.
   * @throws AbortError
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw abortError();
    if (this.hasRoom) this.#taken++;
    else await this.#queue.wait(signal, undefined);
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#taken--;
      this.limitChanged();
    };
  }

  /** Grants slots to waiting callers after the limit was raised. */
  limitChanged(): void {
    while (this.#queue.length > 0 && this.#taken < this.#limit()) {
      this.#taken++;
      this.#queue.next();
    }
  }
}
