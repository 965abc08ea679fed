import type { MapItem, MapMark, MapState } from './map-data.ts';

/** Which items of a map are looked for. */
export interface MapFilter {
  /** Part of a name, a reference or a digest; letter case is ignored. */
  readonly text: string;
  /** Items with one of these states or marks; empty for all. */
  readonly marks: ReadonlySet<MapState | MapMark>;
}

/** A visible row of the tree. */
export interface MapRow {
  readonly item: number;
  readonly depth: number;
  readonly isExpandable: boolean;
  readonly isExpanded: boolean;
  /** Position among its siblings, from 1, and their number. */
  readonly position: number;
  readonly siblings: number;
}

/** The children of each item, in order. */
export function childrenOf(items: readonly MapItem[]): readonly (readonly number[])[] {
  const children = items.map((): number[] => []);
  for (const [item, { parent }] of items.entries()) children[parent]?.push(item);
  return children;
}

/** The items that a filter finds; undefined if it does not exclude any. */
export function findItems(items: readonly MapItem[], { text, marks }: MapFilter): ReadonlySet<number> | undefined {
  const wanted = text.trim().toLowerCase();
  if (wanted === '' && marks.size === 0) return undefined;
  const found = new Set<number>();
  for (const [position, item] of items.entries()) {
    const isNamed = wanted === '' || textOf(item).includes(wanted);
    if (isNamed && (marks.size === 0 || hasMark(item, marks))) found.add(position);
  }
  return found;
}

function textOf({ name, reference = '', digest = '' }: MapItem): string {
  return `${name}\n${reference}\n${digest}`.toLowerCase();
}

function hasMark({ state, users, signed }: MapItem, marks: MapFilter['marks']): boolean {
  return marks.has(state) || (users !== undefined && marks.has('shared')) || (signed === true && marks.has('signed'));
}

/**
 * The rows of the tree in which these items are expanded.
 * @param found if given, only these items are listed, with their ancestors expanded
 */
export function visibleRows(
  children: readonly (readonly number[])[],
  parents: readonly number[],
  expanded: ReadonlySet<number>,
  found?: ReadonlySet<number>,
): MapRow[] {
  const onPath = found === undefined ? undefined : withAncestors(found, parents);
  const rows: MapRow[] = [];
  const add = (item: number, depth: number, position: number, siblings: number): void => {
    const below = (children[item] ?? []).filter((child) => onPath === undefined || onPath.has(child));
    const isExpandable = below.length > 0;
    const isExpanded = isExpandable && (onPath !== undefined || expanded.has(item));
    rows.push({ item, depth, isExpandable, isExpanded, position, siblings });
    if (!isExpanded) return;
    for (const [index, child] of below.entries()) add(child, depth + 1, index + 1, below.length);
  };
  const roots = parents.flatMap((parent, item) => (parent < 0 ? [item] : []));
  const shown = roots.filter((item) => onPath === undefined || onPath.has(item));
  for (const [index, item] of shown.entries()) add(item, 0, index + 1, shown.length);
  return rows;
}

function withAncestors(found: ReadonlySet<number>, parents: readonly number[]): Set<number> {
  const all = new Set<number>();
  for (const item of found) {
    for (let each = item; each >= 0 && !all.has(each); each = parents[each] ?? -1) all.add(each);
  }
  return all;
}
