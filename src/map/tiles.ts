import { hierarchy, treemap } from 'd3-hierarchy';
import type { HierarchyRectangularNode } from 'd3-hierarchy';

/** A rectangle of the treemap, in pixels. */
export interface Tile {
  readonly item: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Whether other tiles are drawn in it. */
  readonly isContainer: boolean;
  /** Height of the strip for its name; 0 if there is no space for it. */
  readonly header: number;
}

export interface TileOptions {
  /** The item that fills the area. */
  readonly root: number;
  readonly width: number;
  readonly height: number;
  /** Height of the strip for the name of a container. */
  readonly header: number;
}

/** A rectangle with shorter sides shows nothing, so that what it contains is not drawn. In pixels. */
const MIN_SIDE = 3;
const MIN_NAMED_WIDTH = 48;

/**
 * Lays out the items below `root` by size, the containers before what they contain. Leaves out what would be too small
 * to see, so that the number of tiles depends on the area and not on the number of items.
 * @param children the children of each item
 * @param totals the bytes that count at each item or below it
 */
export function layOutTiles(
  children: readonly (readonly number[])[],
  totals: readonly number[],
  { root, width, height, header }: TileOptions,
): Tile[] {
  const below = (item: number): readonly number[] => (children[item] ?? []).filter((child) => (totals[child] ?? 0) > 0);
  const tree = hierarchy<number>(root, (item) => [...below(item)]);
  // The bytes of a container itself, such as its manifest, have no tile of their own.
  tree.each((node) => Object.assign(node, { value: totals[node.data] ?? 0 }));
  const hasHeader = (node: HierarchyRectangularNode<number>): boolean =>
    node.x1 - node.x0 >= MIN_NAMED_WIDTH && node.y1 - node.y0 >= 2 * header;
  const layout = treemap<number>()
    .size([width, height])
    .paddingInner(1)
    .paddingOuter((node) => (Math.min(node.x1 - node.x0, node.y1 - node.y0) > 12 ? 2 : 0))
    .paddingTop((node) => (hasHeader(node) ? header : 1));
  const tiles: Tile[] = [];
  const add = (node: HierarchyRectangularNode<number>): void => {
    const [wide, high] = [node.x1 - node.x0, node.y1 - node.y0];
    if (!(wide > 0 && high > 0)) return;
    const isContainer = node.children !== undefined && Math.min(wide, high) >= MIN_SIDE;
    const strip = isContainer && hasHeader(node) ? header : 0;
    tiles.push({ item: node.data, x: node.x0, y: node.y0, width: wide, height: high, isContainer, header: strip });
    if (isContainer) for (const child of node.children ?? []) add(child);
  };
  add(layout(tree));
  return tiles;
}

/** The innermost tile at a point. */
export function tileAt(tiles: readonly Tile[], x: number, y: number): Tile | undefined {
  return tiles.findLast((tile) => x >= tile.x && x < tile.x + tile.width && y >= tile.y && y < tile.y + tile.height);
}
