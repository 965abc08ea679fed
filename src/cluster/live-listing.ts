import type { Listing } from './api.ts';
import type { ListingProblem } from './actions-api.ts';
import type { ListWatchSink } from './list-watch.ts';
import type { NamedItem } from './resources.ts';

/** Keeps the items of a list and watch as a Listing, and reports changes of it. */
export class LiveListing<Item extends NamedItem> implements ListWatchSink<Item> {
  readonly #onChange: () => void;
  readonly #items = new Map<string, Item>();
  #listing: Listing<Item> = { items: [], complete: false };
  #stale = false;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Returns the same object as before if nothing has changed. */
  get listing(): Listing<Item> {
    if (this.#stale) {
      this.#listing = { ...this.#listing, items: [...this.#items.values()].sort(byNamespaceAndName) };
      this.#stale = false;
    }
    return this.#listing;
  }

  /** The only namespace that was listed; undefined before the first list, and if all were listed. */
  get onlyNamespace(): string | undefined {
    return this.#listing.namespace;
  }

  /** Whether the first list has completed or failed. */
  get settled(): boolean {
    return this.#listing.complete || this.#listing.problem !== undefined;
  }

  replaced(items: readonly Item[], onlyNamespace: string | undefined): void {
    const previous = new Map(this.#items);
    this.#items.clear();
    for (const item of items) {
      const old = previous.get(keyOf(item));
      // An unchanged object stays the same object, even after listing again.
      this.#items.set(keyOf(item), old !== undefined && isSame(old, item) ? old : item);
    }
    const { problem } = this.#listing;
    this.#listing = {
      items: [],
      complete: true,
      ...(onlyNamespace !== undefined && { namespace: onlyNamespace }),
      ...(problem !== undefined && { problem }),
    };
    this.#changed();
  }

  changed(item: Item): void {
    const old = this.#items.get(keyOf(item));
    if (old !== undefined && isSame(old, item)) return;
    this.#items.set(keyOf(item), item);
    this.#changed();
  }

  removed(item: Item): void {
    if (this.#items.delete(keyOf(item))) this.#changed();
  }

  watching(): void {
    if (this.#listing.problem === undefined) return;
    const { problem: _, ...listing } = this.listing;
    this.#listing = listing;
    this.#onChange();
  }

  problem(problem: ListingProblem): void {
    this.#listing = { ...this.listing, problem };
    this.#onChange();
  }

  #changed(): void {
    this.#stale = true;
    this.#onChange();
  }
}

function keyOf({ namespace, name }: NamedItem): string {
  return `${namespace}/${name}`;
}

function isSame(a: NamedItem, b: NamedItem): boolean {
  return a.resourceVersion !== undefined && a.resourceVersion === b.resourceVersion;
}

function byNamespaceAndName(a: NamedItem, b: NamedItem): number {
  return compare(a.namespace, b.namespace) || compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
