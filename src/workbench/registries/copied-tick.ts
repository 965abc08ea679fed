/** Milliseconds for which the tick is shown. */
const TICK_DURATION = 2000;

/** Tracks which nodes show a tick after a copy. */
export class CopiedTick {
  readonly #redraw: (id: string) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(redraw: (id: string) => void) {
    this.#redraw = redraw;
  }

  isShown(id: string): boolean {
    return this.#timers.has(id);
  }

  show(id: string): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(
      id,
      setTimeout(() => {
        this.#timers.delete(id);
        this.#redraw(id);
      }, TICK_DURATION),
    );
    this.#redraw(id);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
