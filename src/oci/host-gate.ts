import { setTimeout as delay } from 'node:timers/promises';

import { abortError } from '../base/errors.ts';
import { LONGEST_PAUSE } from './retry.ts';
import { retryAfterSeconds } from './status-errors.ts';

/** Milliseconds to hold back after a refusal that does not say for how long. */
const DEFAULT_PAUSE = 1000;
/** Answers, or milliseconds, after which a registry is tried with as many requests at once as it refused before. */
const CALM = 24;
const CALM_TIME = 10_000;

/**
 * The way to one registry. A registry that asks to slow down (429, Retry-After) pauses all requests to it, not only the one
 * that was refused, and halves how many are under way at once; each answer that is no refusal gives some of that back, and it
 * takes many to try as many at once as were refused.
 */
export class HostGate {
  readonly #now: () => number;
  #limit = Number.POSITIVE_INFINITY;
  #underWay = 0;
  #most = 0;
  /** How many were under way at once when it refused one last, and what it has answered since. */
  #refusedAt = Number.POSITIVE_INFINITY;
  #calm = 0;
  #refusedSince = 0;
  #taken = 0;
  #openAt = 0;
  /** Until when it wants to be left alone, where that is longer than anybody waits. */
  #closedUntil = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** How many requests may be under way at once. */
  get limit(): number {
    return this.#limit;
  }

  /** How many requests the registry has taken, be it with an answer that nobody wanted. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Waits until a request may go. Every entry needs its `leave`.
   * @returns undefined, or the seconds for which none may, where that is too long to wait: then nothing was entered
   */
  async enter(signal: AbortSignal): Promise<number | undefined> {
    const closed = this.#closedUntil - this.#now();
    if (closed > 0) return Math.ceil(closed / 1000);
    for (;;) {
      if (signal.aborted) throw abortError();
      const pause = this.#openAt - this.#now();
      if (pause > 0) await delay(pause, undefined, { signal }).catch(() => undefined);
      else if (this.#underWay < this.#limit) break;
      else await this.#room(signal);
    }
    this.#underWay++;
    this.#most = Math.max(this.#most, this.#underWay);
    return undefined;
  }

  /** A request has been answered, or failed. */
  leave(): void {
    this.#underWay--;
    this.#waiting.shift()?.();
  }

  /**
   * Takes an answer for what it says of the registry's load: 429, and a 503 that says for how long, count for all requests.
   * @returns for how many seconds nothing is sent from now on, if it asks for that and it was not known
   */
  heed(status: number, retryAfter: string | undefined): number | undefined {
    const seconds = retryAfterSeconds(retryAfter, Date.now());
    if (status !== 429 && (status !== 503 || seconds === undefined)) {
      if (status >= 500) return undefined;
      this.#taken++;
      this.speedUp();
      return undefined;
    }
    if (seconds === undefined || seconds > LONGEST_PAUSE) {
      if (seconds !== undefined) this.#closedUntil = this.#now() + seconds * 1000;
      this.slowDown();
      return undefined;
    }
    // Requests that were under way together are refused together: it is one pause.
    const isKnown = this.#now() + seconds * 1000 - this.#openAt < 500;
    this.slowDown(seconds * 1000);
    return isKnown ? undefined : seconds;
  }

  /** The registry refused a request for being one too many. */
  slowDown(milliseconds = DEFAULT_PAUSE): void {
    // Those that were under way together are refused together: that is one refusal.
    if (this.#openAt <= this.#now()) {
      const atOnce = Math.min(this.#limit, this.#underWay);
      // Of one that was alone it is not the number that was too much.
      this.#refusedAt = atOnce > 1 ? atOnce : Number.POSITIVE_INFINITY;
      this.#refusedSince = this.#now();
      this.#calm = 0;
      this.#limit = Math.max(1, Math.floor(atOnce / 2));
    }
    this.#openAt = Math.max(this.#openAt, this.#now() + milliseconds);
  }

  /** The registry took a request. */
  speedUp(): void {
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    const wider = this.#limit + 1 / this.#limit;
    const isTooSoon = ++this.#calm < CALM && this.#now() - this.#refusedSince < CALM_TIME;
    if (isTooSoon && Math.floor(wider) >= Math.floor(this.#refusedAt)) return;
    this.#limit = wider;
    if (this.#limit > this.#most) this.#limit = Number.POSITIVE_INFINITY;
    this.#waiting.shift()?.();
  }

  async #room(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const go = () => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = () => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(go);
    });
  }
}
