import { abortError } from '../base/errors.ts';
import { LinkedAbort } from '../base/parallel.ts';

/** Milliseconds without a byte in transit after which a pause waits no longer. */
const STALLED = 5000;
/** Maximum number of milliseconds that a pause waits. */
const LONGEST = 60_000;

/** A transfer that a pause lets reach a point from which it can be resumed. */
export interface InFlight {
  /** Reports that bytes are moving. */
  moved(): void;
  /** Reports that nothing is in transit, because a request failed and is retried later. */
  waiting(): void;
  /** See `BlobCopy.rest`. */
  rest(): Promise<never> | undefined;
}

/**
 * Ends a run in one of two ways: an abort ends it at once; a pause starts nothing new, waits until what is in transit
 * has arrived, and then aborts.
 */
export class Drain {
  readonly #linked: LinkedAbort;
  readonly #pause: AbortSignal | undefined;
  readonly #active = new Set<InFlight>();
  readonly #onPause = (): void => this.#paused();
  #stall: NodeJS.Timeout | undefined;
  #longest: NodeJS.Timeout | undefined;

  constructor(signal: AbortSignal, pause: AbortSignal | undefined) {
    this.#linked = new LinkedAbort(signal);
    this.#pause = pause;
    if (pause?.aborted === true) this.#paused();
    else pause?.addEventListener('abort', this.#onPause, { once: true });
  }

  /** Aborted when the run must end at once. */
  get signal(): AbortSignal {
    return this.#linked.signal;
  }

  /** Runs an operation that a pause does not interrupt. After a pause, it does not start. */
  async run<Result>(operation: (transfer: InFlight) => Promise<Result>): Promise<Result> {
    if (this.#isPaused) await this.#end();
    const transfer: InFlight = {
      moved: () => {
        this.#active.add(transfer);
        if (this.#isPaused) this.#watch();
      },
      waiting: () => this.#remove(transfer),
      rest: () => {
        if (!this.#isPaused) return undefined;
        this.#remove(transfer);
        return this.#end();
      },
    };
    this.#active.add(transfer);
    try {
      return await operation(transfer);
    } finally {
      this.#remove(transfer);
    }
  }

  dispose(): void {
    clearTimeout(this.#stall);
    clearTimeout(this.#longest);
    this.#pause?.removeEventListener('abort', this.#onPause);
    this.#linked.dispose();
  }

  get #isPaused(): boolean {
    return this.#pause?.aborted === true;
  }

  #paused(): void {
    this.#longest = setTimeout(() => this.#linked.abort(), LONGEST);
    this.#watch();
    if (this.#active.size === 0) this.#linked.abort();
  }

  #watch(): void {
    clearTimeout(this.#stall);
    this.#stall = setTimeout(() => this.#linked.abort(), STALLED);
  }

  #remove(transfer: InFlight): void {
    this.#active.delete(transfer);
    if (this.#isPaused && this.#active.size === 0) this.#linked.abort();
  }

  async #end(): Promise<never> {
    const { signal } = this;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    throw abortError();
  }
}
