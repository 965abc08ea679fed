import type { DescribedBlob, DescribedImage, DescribedManifest, Description } from '../relocation/describe.ts';
import type { BundleMap, MapItem, MapKind, MapState } from './map-data.ts';

/** Where the items of a map are. */
export interface MapFacts {
  readonly imageState: (image: { readonly reference: string; readonly digest: string }) => MapState;
  /** By default, that of its image. */
  readonly blobState?: (digest: string) => MapState | undefined;
}

type Draft = { -readonly [Key in keyof MapItem]: MapItem[Key] };

/** A blob with the items of the manifests that list it. */
interface Use {
  readonly blob: DescribedBlob;
  readonly isConfig: boolean;
  readonly holders: number[];
}

/**
 * Arranges what a reference or a tar contains as a map. Each distinct manifest, config and layer counts at one item only:
 * a blob of one image at that image; a blob of several images in the group `shared` of the innermost item that contains
 * all of them; an image that occurs several times where it occurs first.
 */
export function buildMap(description: Description, facts: MapFacts): BundleMap {
  return new MapBuilder(facts, new Set(description.signed)).build(description);
}

class MapBuilder {
  readonly #facts: MapFacts;
  readonly #signed: ReadonlySet<string>;
  readonly #drafts: Draft[] = [];
  /** The item at which an image or manifest counts, by digest. */
  readonly #first = new Map<string, number>();
  readonly #uses = new Map<string, Use>();

  constructor(facts: MapFacts, signed: ReadonlySet<string>) {
    this.#facts = facts;
    this.#signed = signed;
  }

  build({ source, roots, totals }: Description): BundleMap {
    const [root, ...others] = roots;
    const group = { bytes: 0, full: 0, state: 'unknown' as const };
    if (root !== undefined && (root.kind === 'bundle' || others.length === 0)) {
      this.#image(root, -1);
      const parent = others.length === 0 ? 0 : this.#add({ ...group, kind: 'attachments', parent: 0, name: '' });
      for (const other of others) this.#image(other, parent);
    } else {
      this.#add({ ...group, kind: 'source', parent: -1, name: source, full: totals.bytes });
      for (const each of roots) this.#image(each, 0);
    }
    this.#addBlobs();
    return { items: inTreeOrder(this.#withGroupStates()) };
  }

  #add(draft: Draft): number {
    return this.#drafts.push(draft) - 1;
  }

  #image(image: DescribedImage, parent: number): void {
    const {
      kind,
      reference,
      origin = reference,
      digest,
      tag,
      blobs,
      manifests = [],
      images = [],
      missing = [],
    } = image;
    const known = this.#first.get(digest);
    const ownOf = (manifest: DescribedManifest): number => manifest.bytes - sizeOf(manifest.blobs);
    const below = manifests.reduce((sum, manifest) => sum + ownOf(manifest), 0);
    const own = image.bytes - sizeOf([...blobs, ...manifests.flatMap((manifest) => manifest.blobs)]) - below;
    const state = this.#facts.imageState(image);
    const item = this.#add({
      kind,
      parent,
      name: nameOf(origin, tag),
      reference,
      digest,
      bytes: known === undefined ? Math.max(own, 0) : 0,
      full: image.wholeBytes,
      state,
      ...(known === undefined ? {} : { countedAt: known }),
      ...(this.#signed.has(digest) ? { signed: true } : {}),
    });
    if (known !== undefined) return;
    this.#first.set(digest, item);
    this.#use(blobs, item);
    for (const manifest of manifests) {
      const same = this.#first.get(manifest.digest);
      const child = this.#add({
        kind: 'manifest',
        parent: item,
        name: manifest.platform ?? '',
        reference: `${placeOf(reference)}@${manifest.digest}`,
        digest: manifest.digest,
        bytes: same === undefined ? ownOf(manifest) : 0,
        full: manifest.bytes,
        state,
        ...(same === undefined ? {} : { countedAt: same }),
        ...(this.#signed.has(manifest.digest) ? { signed: true } : {}),
      });
      if (same !== undefined) continue;
      this.#first.set(manifest.digest, child);
      this.#use(manifest.blobs, child);
    }
    for (const each of images) this.#image(each, item);
    for (const { reference: lost, digest: lostDigest, reason } of missing) {
      const none = { bytes: 0, full: 0, state: 'missing' as const };
      this.#add({
        ...none,
        kind: 'image',
        parent: item,
        name: nameOf(lost),
        reference: lost,
        digest: lostDigest,
        reason,
      });
    }
  }

  #use(blobs: readonly DescribedBlob[], holder: number): void {
    for (const blob of blobs) {
      const use = this.#uses.get(blob.digest);
      if (use === undefined) {
        const isConfig = /config|container\.image\.v1\+json/.test(blob.mediaType);
        this.#uses.set(blob.digest, { blob, isConfig, holders: [holder] });
      } else if (use.holders.at(-1) !== holder) use.holders.push(holder);
    }
  }

  #addBlobs(): void {
    const groups = new Map<number, number>();
    for (const { blob, isConfig, holders } of this.#uses.values()) {
      const [holder = 0] = holders;
      const item = {
        kind: isConfig ? ('config' as const) : ('layer' as const),
        name: '',
        digest: blob.digest,
        full: blob.bytes,
        state: this.#facts.blobState?.(blob.digest) ?? this.#drafts[holder]?.state ?? 'unknown',
      };
      if (holders.length === 1) {
        this.#add({ ...item, parent: holder, bytes: blob.bytes });
        continue;
      }
      const users = holders.length;
      const above = this.#commonAncestor(holders);
      const group = groups.get(above) ?? this.#group(above);
      groups.set(above, group);
      const counted = this.#add({ ...item, parent: group, bytes: blob.bytes, users });
      for (const each of holders) this.#add({ ...item, parent: each, bytes: 0, users, countedAt: counted });
    }
  }

  #group(parent: number): number {
    return this.#add({ kind: 'shared', parent, name: '', bytes: 0, full: 0, state: 'unknown' });
  }

  #ancestors(item: number): number[] {
    const parent = this.#drafts[item]?.parent ?? -1;
    return parent < 0 ? [item] : [...this.#ancestors(parent), item];
  }

  #commonAncestor(items: readonly number[]): number {
    const [first = [], ...others] = items.map((item) => this.#ancestors(item));
    let depth = first.length;
    for (const path of others) {
      let same = 0;
      while (same < depth && path[same] === first[same]) same++;
      depth = same;
    }
    return first[depth - 1] ?? 0;
  }

  /** Gives groups the sum of the sizes below them, and the state that all their items have. */
  #withGroupStates(): Draft[] {
    const states = this.#drafts.map(() => new Set<MapState>());
    for (const [position, draft] of [...this.#drafts.entries()].reverse()) {
      const parent = this.#drafts[draft.parent];
      const [only] = states[position] ?? [];
      if (isGroup(draft) && states[position]?.size === 1 && only !== undefined) draft.state = only;
      states[draft.parent]?.add(draft.state);
      if (parent?.kind === 'shared' || parent?.kind === 'attachments') parent.full += draft.full;
    }
    return this.#drafts;
  }
}

/** Sorts items so that each follows its parent and the larger siblings come first, and adapts the indexes. */
export function inTreeOrder(items: readonly MapItem[]): MapItem[] {
  const totals = totalsOf(items);
  const children = items.map((): number[] => []);
  for (const [position, { parent }] of items.entries()) children[parent]?.push(position);
  const order: number[] = [];
  const rank = (position: number): number => {
    const item = items[position];
    if (item === undefined) return 0;
    // What needs attention comes first, and what counts elsewhere comes last.
    return item.state === 'missing' ? 0 : item.countedAt === undefined ? 1 : 2;
  };
  const visit = (position: number): void => {
    order.push(position);
    const sorted = (children[position] ?? []).sort(
      (a, b) =>
        rank(a) - rank(b) || (totals[b] ?? 0) - (totals[a] ?? 0) || (items[b]?.full ?? 0) - (items[a]?.full ?? 0),
    );
    for (const each of sorted) visit(each);
  };
  for (const [position, { parent }] of items.entries()) if (parent < 0) visit(position);
  const moved = new Map(order.map((old, position) => [old, position]));
  return order.flatMap((old) => {
    const item = items[old];
    if (item === undefined) return [];
    const { parent, countedAt } = item;
    return [
      {
        ...item,
        parent: parent < 0 ? -1 : (moved.get(parent) ?? -1),
        ...(countedAt === undefined ? {} : { countedAt: moved.get(countedAt) ?? 0 }),
      },
    ];
  });
}

/** The bytes that count at each item or below it. Items may be in any order in which none is its own ancestor. */
export function totalsOf(items: readonly MapItem[]): number[] {
  const totals = items.map(({ bytes }) => bytes);
  const depths = depthsOf(items);
  const deepestFirst = items.map((_, position) => position).sort((a, b) => (depths[b] ?? 0) - (depths[a] ?? 0));
  for (const position of deepestFirst) {
    const parent = items[position]?.parent ?? -1;
    if (parent >= 0) totals[parent] = (totals[parent] ?? 0) + (totals[position] ?? 0);
  }
  return totals;
}

/** The number of ancestors of each item. */
export function depthsOf(items: readonly MapItem[]): number[] {
  const depths: (number | undefined)[] = [];
  const depth = (position: number): number => {
    const parent = items[position]?.parent ?? -1;
    const own = depths[position] ?? (parent < 0 ? 0 : depth(parent) + 1);
    depths[position] = own;
    return own;
  };
  return items.map((_, position) => depth(position));
}

const GROUPS = new Set<MapKind>(['source', 'shared', 'attachments']);

/** Whether an item stands for several others, and has no content of its own. */
export function isGroup({ kind }: MapItem): boolean {
  return GROUPS.has(kind);
}

function sizeOf(blobs: readonly DescribedBlob[]): number {
  const sizes = new Map(blobs.map(({ digest, bytes }) => [digest, bytes]));
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

function placeOf(reference: string): string {
  return reference.split('@')[0] ?? reference;
}

/** The path of a reference, with its tag if it has one. */
function nameOf(reference: string, tag?: string): string {
  const place = placeOf(reference);
  const path = place.slice(place.indexOf('/') + 1);
  return tag === undefined ? path : `${path}:${tag}`;
}
