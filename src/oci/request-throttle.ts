import { setTimeout as delay } from 'node:timers/promises';

import { abortError } from '../base/errors.ts';
import { WaitQueue } from '../base/wait-queue.ts';
import { RequestRate } from './request-rate.ts';
import { MAX_PAUSE } from './retry.ts';
import { retryAfterSeconds } from './status-errors.ts';

/** Milliseconds to hold back after a refusal that does not say for how long. */
const DEFAULT_PAUSE = 1000;
/** Responses, or milliseconds, after which a registry may again receive as many requests at once as it refused before. */
const RECOVERY_RESPONSES = 24;
const RECOVERY_TIME = 10_000;

/**
 * Limits the requests to one registry. When a registry asks to slow down (429, Retry-After), all requests to it pause, not
 * only the refused one, the number of concurrent requests is halved, and they are spaced at the rate that was accepted. Each response that is not a refusal raises the
 * limit a little; it takes many of them to reach the refused number again.
 */
export class RequestThrottle {
  readonly #now: () => number;
  #limit = Number.POSITIVE_INFINITY;
  #active = 0;
  #peak = 0;
  /** The number of concurrent requests at the last refusal, and the responses since. */
  #refusedAt = Number.POSITIVE_INFINITY;
  #accepted = 0;
  #refusedSince = 0;
  #taken = 0;
  #openAt = 0;
  /** Until when the registry asks not to be contacted, if that is too long to wait. */
  #closedUntil = 0;
  readonly #queue = new WaitQueue();
  readonly #rate = new RequestRate();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many requests may be active at once. */
  get limit(): number {
    return this.#limit;
  }

  /** How many requests the registry has accepted, whatever it responded. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Waits until a request may be sent. Must be followed by `release`.
   * @returns undefined; or, if that is too long to wait, the seconds until one may be sent: nothing was acquired then
   */
  async acquire(signal: AbortSignal): Promise<number | undefined> {
    const closed = this.#closedUntil - this.#now();
    if (closed > 0) return Math.ceil(closed / 1000);
    for (;;) {
      if (signal.aborted) throw abortError();
      const pause = this.#openAt - this.#now();
      if (pause > 0) await wait(pause, signal);
      else if (this.#active < this.#limit) break;
      else await this.#queue.wait(signal, undefined);
    }
    this.#active++;
    this.#peak = Math.max(this.#peak, this.#active);
    try {
      await this.#space(signal);
    } catch (error) {
      this.release();
      throw error;
    }
    return undefined;
  }

  /** Waits until the registry's rate allows another request, and for a pause that begins meanwhile. */
  async #space(signal: AbortSignal): Promise<void> {
    for (;;) {
      if (signal.aborted) throw abortError();
      const now = this.#now();
      const pause = Math.max(this.#openAt - now, this.#rate.wait(now));
      if (pause <= 0) break;
      await wait(pause, signal);
    }
    this.#rate.sent(this.#now());
  }

  /** A request received its response, or failed. */
  release(): void {
    this.#active--;
    this.#queue.next();
  }

  /**
   * Learns about the registry's load: 429, and 503 with Retry-After, apply to all requests.
   * @returns for how many seconds nothing is sent from now on, if the response asks for a new pause
   */
  onResponse(status: number, retryAfter: string | undefined): number | undefined {
    const seconds = retryAfterSeconds(retryAfter, Date.now());
    if (status !== 429 && (status !== 503 || seconds === undefined)) {
      if (status >= 500) return undefined;
      this.#taken++;
      this.speedUp();
      return undefined;
    }
    if (seconds === undefined || seconds > MAX_PAUSE) {
      if (seconds !== undefined) this.#closedUntil = this.#now() + seconds * 1000;
      this.slowDown();
      return undefined;
    }
    // Requests sent together are refused together: that is one pause.
    const isKnown = this.#now() + seconds * 1000 - this.#openAt < 500;
    this.slowDown(seconds * 1000);
    return isKnown ? undefined : seconds;
  }

  /** The registry refused a request because there were too many. */
  slowDown(milliseconds = DEFAULT_PAUSE): void {
    // Requests sent together are refused together: that is one refusal.
    const isFirst = this.#openAt <= this.#now();
    this.#rate.refused(this.#now(), isFirst);
    if (isFirst) {
      const atOnce = Math.min(this.#limit, this.#active);
      // A single request was not refused because of the number of requests.
      this.#refusedAt = atOnce > 1 ? atOnce : Number.POSITIVE_INFINITY;
      this.#refusedSince = this.#now();
      this.#accepted = 0;
      this.#limit = Math.max(1, Math.floor(atOnce / 2));
    }
    this.#openAt = Math.max(this.#openAt, this.#now() + milliseconds);
  }

  /** The registry accepted a request. */
  speedUp(): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    const wider = this.#limit + 1 / this.#limit;
    const isTooSoon = ++this.#accepted < RECOVERY_RESPONSES && this.#now() - this.#refusedSince < RECOVERY_TIME;
    if (isTooSoon && Math.floor(wider) >= Math.floor(this.#refusedAt)) return;
    this.#limit = wider;
    if (this.#limit > this.#peak) this.#limit = Number.POSITIVE_INFINITY;
    this.#queue.next();
  }
}

/** Resolves early if the signal aborts. */
async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  await delay(milliseconds, undefined, { signal }).catch(() => undefined);
}
