import type * as vscode from 'vscode';

/** Milliseconds: what changes later than that is drawn again before. */
const LONGEST = 24 * 3_600_000;

/** Draws again, at a known time, what time alone changes. */
export class Later<Item extends { readonly id: string }> implements vscode.Disposable {
  readonly #due: (item: Item) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(due: (item: Item) => void) {
    this.#due = due;
  }

  /** @param at milliseconds since the epoch; undefined takes back what was set for this item before */
  set(item: Item, at: number | undefined): void {
    clearTimeout(this.#timers.get(item.id));
    this.#timers.delete(item.id);
    const delay = at === undefined ? LONGEST : Math.max(at - Date.now(), 0);
    if (delay >= LONGEST) return;
    const timer = setTimeout(() => {
      this.#timers.delete(item.id);
      this.#due(item);
    }, delay);
    this.#timers.set(item.id, timer);
  }

  dispose(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }
}
