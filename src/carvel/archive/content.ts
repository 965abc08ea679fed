import type { Digest } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import { formatReference } from '../../oci/reference.ts';
import type { DigestReference } from '../../oci/reference.ts';
import { isBundleConfig } from '../bundle.ts';
import { discoverBundle } from '../discovery.ts';
import { carvelError } from '../errors.ts';
import type { BundleNode, FoundImage, NamedImage } from '../graph.ts';
import type { ProvidingImageReader } from '../discovery.ts';
import type { ArchiveDescription, ArchiveItem } from './descriptors.ts';
import type { ImageArchive } from './reader.ts';

export interface ArchivedImage extends ArchiveItem {
  readonly image: FoundImage;
}

/** The content of an archive. */
export interface ArchiveContent {
  /** In the order of manifest.json. */
  readonly items: readonly ArchivedImage[];
  /** The bundle that the archive was written for; old archives do not record it. */
  readonly root?: ArchivedImage;
  /** The root and the bundles nested in it. */
  readonly bundles: readonly BundleNode[];
  /** Every image that the locks of these name. */
  readonly images: readonly NamedImage[];
  readonly reader: ProvidingImageReader;
}

/**
 * Reads the locks of an archive's root and of the bundles nested in it. Every image that they name must be in the
 * archive.
 * @throws carvel.archive-several-roots, carvel.archive-image-missing, and the errors of discoverBundle
 */
export async function readArchiveContent(
  archive: ImageArchive,
  description: ArchiveDescription,
  signal: AbortSignal,
): Promise<ArchiveContent> {
  const items = description.items.map((item): ArchivedImage => {
    const { place, node } = item;
    return { ...item, image: { place, node, kind: kindOf(node.blobs[0], description.configs) } };
  });
  const root = rootOf(items, archive.path);
  const reader = new ArchiveImageReader(archive, items, description.configs);
  if (root === undefined) return { items, bundles: [], images: [], reader };
  return { items, root, reader, ...(await discoverBundle(reader, root.image, signal)) };
}

function rootOf(items: readonly ArchivedImage[], path: string): ArchivedImage | undefined {
  const [root, second] = items.filter(({ isRootBundle }) => isRootBundle);
  if (root !== undefined && second !== undefined && root.node.digest !== second.node.digest) {
    const [first, other] = [formatReference(root.place), formatReference(second.place)];
    throw carvelError('archive-several-roots', { path, first, second: other });
  }
  return root;
}

function kindOf(config: Descriptor | undefined, configs: ReadonlyMap<Digest, Buffer>): FoundImage['kind'] {
  if (config === undefined) return 'index';
  const bytes = configs.get(config.digest);
  return bytes !== undefined && isBundleConfig(bytes) ? 'bundle' : 'image';
}

class ArchiveImageReader implements ProvidingImageReader {
  readonly contents: Map<Digest, Buffer>;
  readonly #archive: ImageArchive;
  readonly #images: ReadonlyMap<Digest, FoundImage>;

  constructor(archive: ImageArchive, items: readonly ArchivedImage[], configs: ReadonlyMap<Digest, Buffer>) {
    this.contents = new Map(configs);
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

  async *openLayer(_image: FoundImage, { digest }: Descriptor): AsyncGenerator<Uint8Array> {
    const kept = this.contents.get(digest);
    if (kept !== undefined) yield kept;
    else yield* this.#archive.verifiedLayer(digest);
  }

  provide(blobs: ReadonlyMap<Digest, Buffer>): void {
    for (const [digest, bytes] of blobs) this.contents.set(digest, bytes);
  }
}
