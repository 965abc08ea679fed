import { REAL_TIME, delayed } from './timing.ts';
import type { Timing } from './timing.ts';

export interface CoalescerOptions {
  /** Passes on the first change at once, and then collects; by default it collects first. */
  readonly leading?: boolean;
  readonly timing?: Timing;
}

/** Collects changes for a short time, so that a burst of them causes one redraw or notification. */
export class Coalescer<Item> {
  readonly #flush: (items: readonly Item[]) => void;
  readonly #milliseconds: number;
  readonly #leading: boolean;
  readonly #timing: Timing;
  readonly #items = new Set<Item>();
  readonly #disposed = new AbortController();
  #isRunning = false;

  /** @param flush must not throw */
  constructor(
    flush: (items: readonly Item[]) => void,
    milliseconds = 250,
    { leading = false, timing = REAL_TIME }: CoalescerOptions = {},
  ) {
    this.#flush = flush;
    this.#milliseconds = milliseconds;
    this.#leading = leading;
    this.#timing = timing;
  }

  add(item: Item): void {
    if (this.#disposed.signal.aborted) return;
    this.#items.add(item);
    if (!this.#isRunning) void this.#run();
  }

  dispose(): void {
    this.#disposed.abort();
    this.#items.clear();
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    try {
      while (this.#items.size > 0) {
        if (!this.#leading) await this.#pause();
        const items = [...this.#items];
        this.#items.clear();
        if (items.length > 0) this.#flush(items);
        if (this.#leading) await this.#pause();
      }
    } finally {
      this.#isRunning = false;
    }
  }

  #pause(): Promise<void> {
    return delayed(this.#timing, this.#milliseconds, this.#disposed.signal);
  }
}
