import { ArchiveReader } from '../carvel/archive/reader.ts';
import type { ArchiveDescription, ArchiveItem } from '../carvel/archive/descriptors.ts';
import { isBundleConfig } from '../carvel/bundle.ts';
import { discoverBundle } from '../carvel/discovery.ts';
import { carvelError } from '../carvel/errors.ts';
import type { FoundImage } from '../carvel/graph.ts';
import type { ImageReader } from '../carvel/image-reader.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import type { OpenBlobOptions } from '../oci/open-blob.ts';
import { sortItems } from './items.ts';
import type { OpenedBlob, RelocationSource, SourceBlob, SourceContent, SourceItem } from './source.ts';

/** A tar as imgpkg writes it. Its origin is never contacted, unless that is the destination's own registry. */
export class ArchiveSource implements RelocationSource {
  readonly description: string;
  readonly isNear = true;
  readonly #archive: ArchiveReader;
  readonly #configs = new Map<Digest, Buffer>();

  private constructor(archive: ArchiveReader) {
    this.#archive = archive;
    this.description = archive.path;
  }

  static async open(path: string): Promise<ArchiveSource> {
    return new ArchiveSource(await ArchiveReader.open(path));
  }

  async discover(signal: AbortSignal): Promise<SourceContent> {
    const description = await this.#archive.describe();
    for (const [digest, bytes] of description.configs) this.#configs.set(digest, bytes);
    const items = itemsOf(description);
    const root = this.#rootOf(description);
    if (root === undefined) return withoutRoot(sortItems(items));
    const rootItem = items.find(({ isRootBundle }) => isRootBundle);
    if (rootItem === undefined) throw new Error('The root is one of the items.');
    const reader = new ArchiveImageReader(this.#archive, items);
    const { bundles } = await discoverBundle(reader, rootItem.image, signal);
    return { items: sortItems(items), root: rootItem, bundles };
  }

  kept(digest: Digest): Buffer | undefined {
    return this.#configs.get(digest);
  }

  openBlob({ descriptor }: SourceBlob, { offset }: OpenBlobOptions): Promise<OpenedBlob> {
    return Promise.resolve({ body: this.#archive.readLayer(descriptor.digest, offset), where: this.#archive.path });
  }

  currentDigest(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  foreignUrls(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** What the archive lacks may still be where it came from, if that is on the destination's registry. */
  mountFrom({ descriptor, place }: SourceBlob, registry: string): string | undefined {
    const { digest } = descriptor;
    const isHere = this.#configs.has(digest) || this.#archive.hasLayer(digest);
    return place.registry === registry && !isHere ? place.path : undefined;
  }

  close(): Promise<void> {
    return this.#archive.close();
  }

  #rootOf({ items }: ArchiveDescription): ArchiveItem | undefined {
    const [root, second] = items.filter(({ isRootBundle }) => isRootBundle);
    if (root !== undefined && second !== undefined && root.node.digest !== second.node.digest) {
      const [first, other] = [formatReference(root.place), formatReference(second.place)];
      throw carvelError('archive-several-roots', { path: this.#archive.path, first, second: other });
    }
    return root;
  }
}

function itemsOf({ items, configs }: ArchiveDescription): SourceItem[] {
  return items.map(({ node, place, tag, origRef, isRootBundle }) => ({
    image: { place, node, kind: kindOf(node.blobs[0], configs) },
    ...(tag === '' ? {} : { tag }),
    ...(origRef === '' ? {} : { origRef }),
    ...(isRootBundle ? { isRootBundle } : {}),
  }));
}

/** Images that were exported without a bundle; an old archive may hold a bundle all the same, but does not say which is the root. */
function withoutRoot(items: readonly SourceItem[]): SourceContent {
  const holdsBundle = items.some(({ image }) => image.kind === 'bundle');
  const [only] = items;
  return {
    items,
    bundles: [],
    ...(items.length === 1 && only !== undefined ? { root: only } : {}),
    ...(holdsBundle ? {} : { lockImages: items.map(({ image }) => ({ reference: image.place })) }),
  };
}

function kindOf(config: Descriptor | undefined, configs: ReadonlyMap<Digest, Buffer>): FoundImage['kind'] {
  if (config === undefined) return 'index';
  const bytes = configs.get(config.digest);
  return bytes !== undefined && isBundleConfig(bytes) ? 'bundle' : 'image';
}

class ArchiveImageReader implements ImageReader {
  readonly #archive: ArchiveReader;
  readonly #images: ReadonlyMap<Digest, FoundImage>;

  constructor(archive: ArchiveReader, items: readonly SourceItem[]) {
    this.#archive = archive;
    this.#images = new Map(items.map(({ image }) => [image.node.digest, image]));
  }

  find(places: readonly DigestReference[]): Promise<FoundImage> {
    const named = places.at(-1);
    const found = named === undefined ? undefined : this.#images.get(named.digest);
    if (found !== undefined) return Promise.resolve(found);
    const image = named === undefined ? '' : formatReference(named);
    return Promise.reject(carvelError('archive-image-missing', { path: this.#archive.path, image }));
  }

  openLayer(_image: FoundImage, { digest }: Descriptor): AsyncGenerator<Uint8Array> {
    return this.#archive.verifiedLayer(digest);
  }
}
