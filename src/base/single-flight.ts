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
