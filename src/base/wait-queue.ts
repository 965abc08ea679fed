import { abortError } from './errors.ts';

interface Waiter<Ticket> {
  readonly ticket: Ticket;
  readonly go: () => void;
}

/** Callers that wait for their turn, in the order in which they came. */
export class WaitQueue<Ticket = undefined> {
  readonly #waiting: Waiter<Ticket>[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves when `next` reaches this caller.
   * @param ticket what `next` returns then
   * @throws AbortError as soon as the signal aborts; the caller then no longer waits
   */
  async wait(signal: AbortSignal, ticket: Ticket): Promise<void> {
    if (signal.aborted) throw abortError();
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const stop = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(abortError());
      };
      const waiter = { ticket, go };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /**
   * Lets the first caller go.
   * @returns its ticket; undefined if nobody waits
   */
  next(): Ticket | undefined {
    const first = this.#waiting.shift();
    first?.go();
    return first?.ticket;
  }
}
