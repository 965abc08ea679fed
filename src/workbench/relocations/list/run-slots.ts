import { abortError } from '../../../base/errors.ts';

/** Limits how many run at once; the others wait in order. The limit can change at any time. */
export class RunSlots {
  readonly #limit: () => number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(limit: () => number) {
    this.#limit = limit;
  }

  /** Whether the next caller would get a slot immediately. */
  get hasRoom(): boolean {
    return this.#waiting.length === 0 && this.#taken < this.#limit();
  }

  /**
   * Waits for a slot and resolves with a function that releases it.
   * @throws AbortError
   */
  async acquire(signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) throw abortError();
    if (this.hasRoom) this.#taken++;
    else await this.#turn(signal);
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
    while (this.#waiting.length > 0 && this.#taken < this.#limit()) {
      this.#taken++;
      this.#waiting.shift()?.();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(go), 1);
        reject(abortError());
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(go);
    });
  }
}
