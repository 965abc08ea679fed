const FIRST = 800;
const LONGEST = 30_000;

/**
 * Increasing pauses between attempts, as in client-go: 0.8 s doubled up to 30 s, each with up to half added at random.
 */
export class Backoff {
  readonly #random: () => number;
  #next = FIRST;

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Milliseconds to wait before the next attempt. */
  pause(): number {
    const pause = this.#next * (1 + this.#random() / 2);
    this.#next = Math.min(this.#next * 2, LONGEST);
    return Math.round(pause);
  }

  reset(): void {
    this.#next = FIRST;
  }
}
