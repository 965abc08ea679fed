import type { BundleMap, MapKind, MapMark, MapState } from './map-data.ts';

/** An action that the page offers for an item or a finding. */
export interface MapAction {
  readonly id: string;
  readonly title: string;
}

/** Something that an audit found. All text may be of a registry. */
export interface MapFinding {
  readonly title: string;
  /** The bundles and Packages that need it. */
  readonly neededBy: string;
  readonly text: string;
  readonly remedy: string;
  readonly state: MapState;
  /** Index of the item that it is about, if the map has it. */
  readonly item?: number;
  readonly actions: readonly MapAction[];
}

/** Everything that the page shows. */
export interface MapPage {
  readonly title: string;
  /** What the map was made from, and its size. */
  readonly summary: string;
  readonly map: BundleMap;
  readonly findings: readonly MapFinding[];
  readonly states: Readonly<Record<MapState | MapMark, string>>;
  readonly kinds: Readonly<Record<MapKind, string>>;
  readonly texts: MapTexts;
}

/** The texts of the page; `{0}` and `{1}` stand for what is inserted. */
export interface MapTexts {
  readonly search: string;
  readonly filter: string;
  readonly tree: string;
  readonly treemap: string;
  readonly path: string;
  readonly details: string;
  readonly findings: string;
  readonly neededBy: string;
  readonly howSizesAddUp: string;
  readonly sizesAddUp: string;
  readonly none: string;
  readonly found: string;
  readonly size: string;
  readonly ownSize: string;
  readonly usedBy: string;
  readonly countedAt: string;
  readonly showThere: string;
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly place: string;
  readonly digest: string;
  readonly state: string;
  readonly share: string;
}

/** What the page sends. */
export type MapRequest =
  | { readonly kind: 'ready' }
  /** Asks for the actions of an item. */
  | { readonly kind: 'select'; readonly item: number }
  | { readonly kind: 'act'; readonly item: number; readonly action: string }
  | { readonly kind: 'remedy'; readonly finding: number; readonly action: string };

/** What the page receives. */
export type MapReply =
  | { readonly kind: 'show'; readonly page: MapPage }
  | { readonly kind: 'actions'; readonly item: number; readonly actions: readonly MapAction[] };

/** Parses what a page sends; undefined if it is something else. */
export function parseMapRequest(value: unknown): MapRequest | undefined {
  const { kind, item, finding, action } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const isIndex = (index: unknown): index is number => Number.isSafeInteger(index) && Number(index) >= 0;
  if (kind === 'ready') return { kind };
  if (kind === 'select' && isIndex(item)) return { kind, item };
  if (kind === 'act' && isIndex(item) && typeof action === 'string') return { kind, item, action };
  if (kind === 'remedy' && isIndex(finding) && typeof action === 'string') return { kind, finding, action };
  return undefined;
}
