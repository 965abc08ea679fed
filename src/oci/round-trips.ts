/** Requests at once to a registry that is near: as many as it takes to keep both sides busy. */
export const AT_ONCE_NEAR = 32;
/** Most connections to one registry for small requests. */
export const AT_ONCE_FAR = 96;
/** How much a new response counts in the running mean. */
const WEIGHT = 1 / 16;

/**
 * Measures how long a registry takes to respond, and derives how many small requests it should have at once: one per
 * millisecond of the shortest round trip, so that distance does not limit the rate. If responses take more than twice
 * as long as the shortest one, requests are queueing somewhere, and fewer are sent.
 */
export class RoundTrips {
  #shortest = Number.POSITIVE_INFINITY;
  #mean = 0;

  /** @param milliseconds from sending a small request to its response */
  note(milliseconds: number): void {
    // A response that is faster than all before did not queue.
    const isFastest = milliseconds < this.#shortest;
    this.#mean = isFastest ? milliseconds : this.#mean + (milliseconds - this.#mean) * WEIGHT;
    if (isFastest) this.#shortest = milliseconds;
  }

  /** Between AT_ONCE_NEAR and AT_ONCE_FAR. */
  get atOnce(): number {
    if (this.#shortest === Number.POSITIVE_INFINITY) return AT_ONCE_NEAR;
    const queueing = Math.max(1, this.#mean / (2 * this.#shortest));
    return Math.min(AT_ONCE_FAR, Math.max(AT_ONCE_NEAR, Math.round(this.#shortest / queueing)));
  }
}
