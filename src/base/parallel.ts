import { setMaxListeners } from 'node:events';

import { abortError, isAbort } from './errors.ts';

/** An AbortController that follows another signal until it is disposed. */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #follow = (): void => this.#controller.abort();

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    // Hundreds of requests may listen to one signal, which is not a leak.
    setMaxListeners(0, this.#controller.signal);
    if (outer.aborted) this.#controller.abort();
    else outer.addEventListener('abort', this.#follow, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(): void {
    this.#controller.abort();
  }

  dispose(): void {
    this.#outer.removeEventListener('abort', this.#follow);
  }
}

/**
 * Runs a short operation that should not be interrupted: it sees the abort only `milliseconds` later. It does not start
 * if the signal is already aborted.
 */
export async function withGrace<Result>(
  signal: AbortSignal,
  milliseconds: number,
  operation: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  if (signal.aborted) throw abortError();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => (timer = setTimeout(() => controller.abort(), milliseconds));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await operation(controller.signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  }
}

/** More operations at once would only wait, and each that waits takes memory. */
const AT_ONCE = 128;

/**
 * Runs an operation for all items, many of them concurrently. The first failure aborts the others, or keeps them from
 * starting, and is thrown after all have ended, so that nothing is still running when the caller continues.
 * @param atOnce most operations at once
 */
export async function forEachParallel<Item>(
  items: Iterable<Item>,
  signal: AbortSignal,
  operation: (item: Item, signal: AbortSignal) => Promise<void>,
  atOnce = AT_ONCE,
): Promise<void> {
  const linked = new LinkedAbort(signal);
  const all = [...items];
  let started = 0;
  const failures: unknown[] = [];
  const work = async (): Promise<void> => {
    while (started < all.length && failures.length === 0) {
      const item = all[started++] as Item;
      try {
        await operation(item, linked.signal);
      } catch (error) {
        failures.push(error);
        linked.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(all.length, atOnce) }, work));
  linked.dispose();
  // An error says more than the aborts that it caused.
  if (failures.length > 0) throw failures.find((error) => !isAbort(error)) ?? failures[0];
}

/**
 * Waits for a promise until the signal aborts; what the promise brings after that is ignored.
 * @throws AbortError
 */
export async function unlessAborted<Result>(promise: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(abortError());
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Resolves with undefined if the promise does not fulfill in time. */
export async function withTimeout<Result>(promise: Promise<Result>, milliseconds: number): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), milliseconds);
  });
  try {
    return await Promise.race([promise.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
