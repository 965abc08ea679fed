/** Milliseconds over which requests are counted. */
const WINDOW = 1000;
/** Fewer accepted requests than this were refused for another reason than their rate. */
const LEAST = 5;
/** Below the measured rate, so that requests that are delayed in transit do not add up to too many. */
const MARGIN = 0.9;
/** How fast the rate grows while nothing is refused: by this part of it, times the square of the seconds. */
const GROWTH = 0.03;
const LEAST_GROWTH = GROWTH / 256;
/** If so many times the rate is not refused, it was not the rate that was refused. */
const FAR_BEYOND = 3;
/** A rate that is refused again within this distance is the registry's limit. */
const SAME = 0.2;
/** Sent requests to remember: more than any window has. */
const REMEMBERED = 2000;

/**
 * Learns how many requests per second a registry accepts. Before the first refusal there is no limit. After that,
 * requests are spaced at slightly less than the rate that was accepted; the longer nothing is refused, the faster this
 * grows again. If the same rate is refused again, it grows more slowly.
 */
export class RequestRate {
  /** When the newest requests were sent. */
  readonly #sent: number[] = [];
  /** Requests per second after the last refusal. */
  #base = Number.POSITIVE_INFINITY;
  #growth = GROWTH;
  #refusedAt = Number.NEGATIVE_INFINITY;
  /** The accepted and refused requests that count for the last refusal. */
  #counted = 0;
  #refused = 0;
  /** The rate at the last refusal. */
  #before = Number.POSITIVE_INFINITY;

  /** Requests per second at this time. */
  at(now: number): number {
    const seconds = Math.max(0, now - this.#refusedAt) / 1000;
    const factor = 1 + this.#growth * seconds ** 2;
    return factor > FAR_BEYOND ? Number.POSITIVE_INFINITY : this.#base * factor;
  }

  /** Milliseconds until the next request may be sent, counted from when the last one really was. */
  wait(now: number): number {
    const last = this.#sent.at(-1);
    return last === undefined ? 0 : Math.max(0, last + 1000 / this.at(now) - now);
  }

  sent(now: number): void {
    this.#sent.push(now);
    if (this.#sent.length > REMEMBERED) this.#sent.splice(0, REMEMBERED / 2);
  }

  /**
   * A request was refused.
   * @param isFirst whether nothing was refused just before
   */
  refused(now: number, isFirst: boolean): void {
    const last = this.#sent.at(-1) ?? now;
    // Responses to requests from before the last refusal may arrive late.
    if (isFirst && last > this.#refusedAt) {
      this.#counted = this.#sent.filter((each) => each > last - WINDOW).length;
      this.#refused = 0;
      this.#before = this.at(now);
      this.#refusedAt = now;
    }
    const accepted = this.#counted - ++this.#refused;
    if (accepted < LEAST) return;
    const base = MARGIN * Math.min(accepted, this.#before);
    if (this.#refused === 1) {
      const isSame = Math.abs(base - this.#base) < SAME * base;
      this.#growth = isSame ? Math.max(LEAST_GROWTH, this.#growth / 4) : GROWTH;
    }
    this.#base = base;
  }
}
