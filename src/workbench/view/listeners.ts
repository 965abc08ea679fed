/** Who wants to be told, for what must not know VS Code. */
export class Listeners<Event> {
  readonly #listeners = new Set<(event: Event) => void>();

  add(listener: (event: Event) => void): { dispose(): void } {
    // The same function twice is two listeners.
    const own = (event: Event): void => listener(event);
    this.#listeners.add(own);
    return { dispose: () => this.#listeners.delete(own) };
  }

  emit(event: Event): void {
    for (const listener of this.#listeners) listener(event);
  }
}
