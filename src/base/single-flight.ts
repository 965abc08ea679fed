/** Does each thing once: who asks for a key that is under way or done gets the same promise. A failure is forgotten. */
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
