/** Makes a list and watch list again, after a change that its own watch does not show. */
export class Relist {
  #controller = new AbortController();

  /** Aborts when the list is out of date; a new signal then replaces it. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  now(): void {
    const old = this.#controller;
    this.#controller = new AbortController();
    old.abort();
  }
}
