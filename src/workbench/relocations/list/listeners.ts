/** An event emitter for code that must not depend on VS Code. */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>();

  add(listener: (event: Event) => void): { dispose(): void } {
    // Adding the same function twice adds two listeners.
    const own = (event: Event): void => listener(event);
    this.#listeners.add(own);
    return { dispose: () => this.#listeners.delete(own) };
  }

  emit(event: Event): void {
    for (const listener of this.#listeners) listener(event);
  }
}
