/**
 * A bundle as a map: the items of its tree with their sizes and where they are. Plain data, because it is sent to a
 * webview and stored in a file.
 */
export interface BundleMap {
  /** In the order of the tree, each item after its parent. The first is the root. */
  readonly items: readonly MapItem[];
}

/**
 * Where an item is. `inside`: where clusters pull from; `copy`: it would be copied there; `outside`: elsewhere; `missing`:
 * nowhere; `unknown`: could not be determined.
 */
export type MapState = (typeof MAP_STATES)[number];
export const MAP_STATES = ['inside', 'copy', 'outside', 'missing', 'unknown'] as const;

/** What the items of a map are. `shared` and `attachments` are groups. */
export type MapKind =
  'source' | 'bundle' | 'image' | 'index' | 'manifest' | 'layer' | 'config' | 'shared' | 'attachments';

export interface MapItem {
  readonly kind: MapKind;
  /** Index of the parent; -1 for the root. */
  readonly parent: number;
  /** A short name; for a group, empty. Text of a registry. */
  readonly name: string;
  /** registry/path@digest, or the reference in the lock of a missing image. */
  readonly reference?: string;
  readonly digest?: string;
  /** Bytes that count here, without those of the items below: the sum over all items is the size of the whole. */
  readonly bytes: number;
  /** Size of the item by itself with everything that belongs to it, in bytes. */
  readonly full: number;
  readonly state: MapState;
  /** Number of images that have this blob; absent for one. */
  readonly users?: number;
  /** Index of the item where the bytes count, if not here. */
  readonly countedAt?: number;
  /** It has a signature, which is not verified. */
  readonly signed?: true;
  /** Why it is missing. Text of a registry. */
  readonly reason?: string;
}

/** What marks an item besides its state. */
export type MapMark = 'shared' | 'signed';
