import { totalsOf } from '../map/build-map.ts';
import type { MapItem } from '../map/map-data.ts';
import type { MapPage } from '../map/map-messages.ts';
import { childrenOf, findItems } from '../map/rows.ts';
import type { MapFilter } from '../map/rows.ts';

const NOTHING: MapItem = { kind: 'source', parent: -1, name: '', bytes: 0, full: 0, state: 'unknown' };

/** What the page shows, and what the user has chosen in it. The parts of the page redraw themselves on a change. */
export class MapModel {
  readonly page: MapPage;
  readonly children: readonly (readonly number[])[];
  readonly parents: readonly number[];
  readonly totals: readonly number[];
  readonly expanded = new Set<number>([0]);
  selected = 0;
  /** The item that fills the treemap. */
  zoomed = 0;
  filter: MapFilter = { text: '', marks: new Set() };
  /** What the filter finds; undefined if it excludes nothing. */
  found: ReadonlySet<number> | undefined;
  /** What the filter finds, with everything in it; undefined if it excludes nothing. */
  #lit: ReadonlySet<number> | undefined;
  /** Names that several siblings have. */
  readonly #repeated = new Set<string>();
  readonly #listeners: (() => void)[] = [];

  constructor(page: MapPage) {
    const { items } = page.map;
    this.page = page;
    this.children = childrenOf(items);
    this.parents = items.map(({ parent }) => parent);
    this.totals = totalsOf(items);
    const names = new Set<string>();
    for (const { parent, name } of items) {
      const key = `${parent} ${name}`;
      if (names.has(key)) this.#repeated.add(key);
      names.add(key);
    }
  }

  item(position: number): MapItem {
    return this.page.map.items[position] ?? NOTHING;
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  /** Selects an item and makes it visible in the tree. */
  select(position: number): void {
    this.selected = position;
    for (const each of this.path(position).slice(0, -1)) this.expanded.add(each);
    this.changed();
  }

  /** Fills the treemap with an item; one without a size of its own is shown where it counts. */
  zoom(position: number): void {
    const counted = this.item(position).countedAt ?? position;
    const parent = this.parents[counted] ?? 0;
    this.zoomed = (this.children[counted]?.length ?? 0) > 0 ? counted : Math.max(parent, 0);
    this.changed();
  }

  setFilter(filter: MapFilter): void {
    this.filter = filter;
    const { items } = this.page.map;
    this.found = findItems(items, filter);
    if (this.found === undefined) this.#lit = undefined;
    else {
      const lit = new Set(this.found);
      for (const [position, { parent }] of items.entries()) if (lit.has(parent)) lit.add(position);
      this.#lit = lit;
    }
    this.changed();
  }

  /** Whether an item is what the filter finds, or a part of it. */
  isLit(position: number): boolean {
    return this.#lit?.has(position) !== false;
  }

  /** The ancestors of an item from the root, and the item itself. */
  path(position: number): number[] {
    const parent = this.parents[position] ?? -1;
    return parent < 0 ? [position] : [...this.path(parent), position];
  }

  /** The name of an item, or what it is if it has none. */
  nameOf(position: number): string {
    const { name, kind, parent, digest = '' } = this.item(position);
    const title = name === '' ? this.page.kinds[kind] : name;
    const isUnique = name !== '' && !this.#repeated.has(`${parent} ${name}`);
    if (digest === '' || isUnique) return title;
    return `${title} ${digest.slice(digest.indexOf(':') + 1).slice(0, 12)}`;
  }
}
