/** Collects changes for a short time, so that a burst of them causes one redraw. */
export class Coalescer<Item> {
  readonly #flush: (items: readonly Item[]) => void;
  readonly #milliseconds: number;
  readonly #items = new Set<Item>();
  #timer: NodeJS.Timeout | undefined;

  constructor(flush: (items: readonly Item[]) => void, milliseconds = 250) {
    this.#flush = flush;
    this.#milliseconds = milliseconds;
  }

  add(item: Item): void {
    this.#items.add(item);
    this.#timer ??= setTimeout(() => this.#run(), this.#milliseconds);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#items.clear();
  }

  #run(): void {
    this.#timer = undefined;
    const items = [...this.#items];
    this.#items.clear();
    this.#flush(items);
  }
}
