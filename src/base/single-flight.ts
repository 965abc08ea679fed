/**
 * Runs each operation once: callers with the same key share one promise, even after it is resolved. Failures are
 * forgotten.
 */
export class SingleFlight<Key, Value> {
  readonly #flights = new Map<Key, Promise<Value>>();

  do(key: Key, operation: () => Promise<Value>): Promise<Value> {
    const known = this.#flights.get(key);
    if (known !== undefined) return known;
    const flight = operation();
    this.#flights.set(key, flight);
    flight.catch(() => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    });
    return flight;
  }

  forget(key: Key): void {
    this.#flights.delete(key);
  }
}

/**
 * A function that does nothing while an earlier call with the same key is still working: for actions that a second click
 * must not start again.
 * @param keyOf compared as JSON
 */
export function ignoringRepeats<Args extends readonly unknown[]>(
  keyOf: (...args: Args) => unknown,
  run: (...args: Args) => Promise<void>,
): (...args: Args) => Promise<void> {
  const running = new Set<string>();
  return async (...args) => {
    const key = JSON.stringify(keyOf(...args)) ?? '';
    if (running.has(key)) return;
    running.add(key);
    try {
      await run(...args);
    } finally {
      running.delete(key);
    }
  };
}
