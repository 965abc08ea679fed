import type * as vscode from 'vscode';

/** Milliseconds. Whatever changes later than this is redrawn sooner for other reasons. */
const MAX_DELAY = 24 * 3_600_000;

/** Redraws items at a scheduled time when their text changes with time alone. */
export class Later<Item extends { readonly id: string }> implements vscode.Disposable {
  readonly #due: (item: Item) => void;
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(due: (item: Item) => void) {
    this.#due = due;
  }

  /** @param at milliseconds since the epoch; undefined cancels the redraw of this item */
  set(item: Item, at: number | undefined): void {
    clearTimeout(this.#timers.get(item.id));
    this.#timers.delete(item.id);
    const delay = at === undefined ? MAX_DELAY : Math.max(at - Date.now(), 0);
    if (delay >= MAX_DELAY) return;
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
