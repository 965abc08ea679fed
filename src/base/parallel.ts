import { setMaxListeners } from 'node:events';

import { abortError, isAbort } from './errors.ts';

/** A controller that is aborted when the outer signal is. `dispose` unties them. */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal;
  readonly #follow = (): void => this.#controller.abort();

  constructor(outer: AbortSignal) {
    this.#outer = outer;
    // Hundreds of requests listen to one signal; that is no leak.
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
 * Runs a short operation that should not be cut in the middle: it sees the signal's end only `milliseconds` later. It does
 * not begin when the signal has ended before.
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

/**
 * Runs the operation for each item side by side. The first failure aborts the others; it is thrown when all have ended, so
 * that nothing is under way any more when the caller goes on.
 */
export async function forEachParallel<Item>(
  items: Iterable<Item>,
  signal: AbortSignal,
  operation: (item: Item, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const linked = new LinkedAbort(signal);
  let failure: { error: unknown } | undefined;
  await Promise.all(
    Array.from(items, async (item) => {
      try {
        await operation(item, linked.signal);
      } catch (error) {
        // What others were aborted for says more than that they were.
        if (failure === undefined || isAbort(failure.error)) failure = { error };
        linked.abort();
      }
    }),
  );
  linked.dispose();
  if (failure !== undefined) throw failure.error;
}
