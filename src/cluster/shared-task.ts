import { abortError } from '../base/errors.ts';

/** Work that runs once for all concurrent callers, and is aborted when the last of them stops waiting. */
export class SharedTask<Result> {
  readonly #work: (signal: AbortSignal) => Promise<Result>;
  #running: { readonly promise: Promise<Result>; readonly controller: AbortController; waiting: number } | undefined;

  constructor(work: (signal: AbortSignal) => Promise<Result>) {
    this.#work = work;
  }

  async result(signal: AbortSignal): Promise<Result> {
    if (signal.aborted) throw abortError();
    const running = (this.#running ??= this.#start());
    running.waiting++;
    try {
      return await abortable(running.promise, signal);
    } finally {
      running.waiting--;
      if (running.waiting === 0) {
        running.controller.abort();
        if (this.#running === running) this.#running = undefined;
      }
    }
  }

  #start(): { readonly promise: Promise<Result>; readonly controller: AbortController; waiting: number } {
    const controller = new AbortController();
    return { promise: this.#work(controller.signal), controller, waiting: 0 };
  }
}

/** The promise's result, or an AbortError as soon as the signal aborts; the promise's later outcome is then ignored. */
export function abortable<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      promise.catch(() => undefined);
      reject(abortError());
      return;
    }
    const onAbort = (): void => reject(abortError());
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
