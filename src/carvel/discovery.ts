import { AirgapError } from '../base/errors.ts';
import { forEachParallel } from '../base/parallel.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { readImagesLock } from './bundle.ts';
import { carvelError } from './errors.ts';
import { isIncompleteIndex } from './graph.ts';
import type { BundleGraph, BundleNode, FoundImage, MissingImage, NamedImage } from './graph.ts';
import type { ImagesLock } from './images-lock.ts';
import type { Descriptor } from '../oci/manifest.ts';

/** Reads images from a registry or an archive. */
export interface ImageReader {
  /**
   * Reads an image, including all its manifests, from the first of the locations that has it.
   * @throws if none has it: the last error for a single location, otherwise an error that names all of them
   */
  find(places: readonly DigestReference[], signal: AbortSignal): Promise<FoundImage>;
  /** A layer's bytes, verified by the end of the stream at the latest. */
  openLayer(image: FoundImage, layer: Descriptor, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

/** An ImageReader that also serves content that was made here, such as a bundle with chosen Packages. */
export interface ProvidingImageReader extends ImageReader {
  /** Configs and provided content by digest. */
  readonly contents: ReadonlyMap<Digest, Buffer>;
  /** Adds content that exists nowhere else. */
  provide(blobs: ReadonlyMap<Digest, Buffer>): void;
}

const MAX_DEPTH = 16;
const MAX_IMAGES = 100_000;

/** A bundle at one location with the content of its lock: one reference per digest, in the lock's order. */
interface FoundBundle {
  readonly image: FoundImage;
  images: readonly NamedImage[];
  readonly missing: MissingImage[];
  /** Why the bundle's content is unknown, if the search continues nevertheless. */
  error?: AirgapError;
}

/**
 * Finds all images and nested bundles of a bundle. Each is first looked up in the repository of the bundle that names
 * it, then at its original location. A locations image is not consulted and so cannot mislead. If a lock names a digest
 * twice, its first reference counts, or the first that can be found.
 * @param keepGoing record missing images with their bundle and continue
 * @throws carvel.image-missing, which names every location that was tried
 */
export async function discoverBundle(
  reader: ImageReader,
  root: FoundImage,
  signal: AbortSignal,
  keepGoing = false,
): Promise<BundleGraph> {
  const discovery = new Discovery(reader, keepGoing);
  await discovery.visit(root, [], signal);
  return discovery.graph(root);
}

class Discovery {
  readonly #reader: ImageReader;
  readonly #keepGoing: boolean;
  /** By location: at another location, the same bundle has its images there. */
  readonly #bundles = new Map<string, FoundBundle>();
  #names = 0;

  constructor(reader: ImageReader, keepGoing: boolean) {
    this.#reader = reader;
    this.#keepGoing = keepGoing;
  }

  /** @param chain bundles on the path from the root to this one */
  async visit(bundle: FoundImage, chain: readonly FoundImage[], signal: AbortSignal): Promise<void> {
    const reference = formatReference(bundle.place);
    if (this.#bundles.has(reference)) return;
    const own: FoundBundle = { image: bundle, images: [], missing: [] };
    this.#bundles.set(reference, own);
    if (chain.length > MAX_DEPTH) throw carvelError('nesting-too-deep', { reference, limit: MAX_DEPTH });
    const lock = await this.#readLock(own, chain, signal);
    if (lock === undefined) return;
    const names = Map.groupBy(lock.images, (image) => image.reference.digest);
    this.#names += names.size;
    if (this.#names > MAX_IMAGES) throw carvelError('too-many-images', { reference, limit: MAX_IMAGES });
    const images = new Map<Digest, NamedImage>();
    await forEachParallel(names, signal, async ([digest, entries], inner) => {
      const named = await this.#find(bundle, toNonEmpty(entries), chain, inner);
      if ('error' in named) {
        own.missing.push(named);
        return;
      }
      images.set(digest, named);
      if (named.image.kind === 'bundle') await this.visit(named.image, [...chain, bundle], inner);
    });
    own.images = [...names.keys()].map((digest) => images.get(digest)).filter((each) => each !== undefined);
  }

  graph(root: FoundImage): BundleGraph {
    const bundles = new Map<Digest, BundleNode>();
    const images = new Map<string, NamedImage>();
    const walked = new Set<string>();
    const walk = (bundle: FoundImage): void => {
      const place = formatReference(bundle.place);
      const own = this.#bundles.get(place);
      if (own === undefined || walked.has(place)) return;
      walked.add(place);
      const unread = own.images.flatMap(({ name, image }) => {
        const error = this.#bundles.get(formatReference(image.place))?.error;
        return error === undefined ? [] : [{ name, error }];
      });
      const broken = new Set(unread.map(({ name }) => name));
      const found = own.images.filter(({ name }) => !broken.has(name));
      const node = nodeOf({ image: bundle, images: found, missing: [...own.missing, ...unread] });
      if (!bundles.has(bundle.node.digest)) bundles.set(bundle.node.digest, node);
      const [plain, nested] = [found.filter(isNoBundle), found.filter((each) => !isNoBundle(each))];
      // In imgpkg's order: nested bundles follow the images, and the location of one of their images replaces an
      // earlier one with the same reference.
      for (const named of plain) images.set(formatReference(named.name), named);
      for (const named of nested) {
        images.set(formatReference(named.name), named);
        walk(named.image);
      }
    };
    walk(root);
    return { bundles: [...bundles.values()], images: [...images.values()] };
  }

  /** Undefined for an unreadable nested bundle, if the search continues nevertheless. */
  async #readLock(
    own: FoundBundle,
    chain: readonly FoundImage[],
    signal: AbortSignal,
  ): Promise<ImagesLock | undefined> {
    try {
      return await readImagesLock(own.image, (layer) => this.#reader.openLayer(own.image, layer, signal));
    } catch (error) {
      if (!this.#keepGoing || chain.length === 0 || signal.aborted || !(error instanceof AirgapError)) throw error;
      own.error = error;
      return undefined;
    }
  }

  /** @param names all references with the same digest */
  async #find(
    bundle: FoundImage,
    names: readonly [DigestReference, ...DigestReference[]],
    chain: readonly FoundImage[],
    signal: AbortSignal,
  ): Promise<NamedImage | MissingImage> {
    const [first] = names;
    const inSameRepository = { registry: bundle.place.registry, path: bundle.place.path, digest: first.digest };
    const places = new Map([inSameRepository, ...names].map((place) => [formatReference(place), place]));
    const nesting = [...chain.slice(1), ...(chain.length > 0 ? [bundle] : [])];
    const words = nesting.map(({ place }) => `Retrieving images for bundle '${formatReference(place)}': `).join('');
    try {
      const image = await this.#reader.find([...places.values()], signal);
      const where = formatReference(image.place);
      return { name: names.find((name) => formatReference(name) === where) ?? first, image };
    } catch (error) {
      if (!(error instanceof PlacesTried)) throw error;
      const args = { chain: words, image: formatReference(first), tried: error.message };
      const missing = isIncompleteIndex(error.cause)
        ? error.cause.after(`Reading Images from Bundle: ${words}`)
        : carvelError('image-missing', args, error.cause);
      if (this.#keepGoing) return { name: first, error: missing };
      throw missing;
    }
  }
}

function toNonEmpty(entries: ImagesLock['images']): readonly [DigestReference, ...DigestReference[]] {
  const [first, ...others] = entries.map(({ reference }) => reference);
  if (first === undefined) throw new RangeError('A digest of a lock has at least one name.');
  return [first, ...others];
}

function isNoBundle({ image }: NamedImage): boolean {
  return image.kind !== 'bundle';
}

function nodeOf({ image, images, missing }: FoundBundle): BundleNode {
  const locations = images.map(({ name, image: { kind } }) => ({
    image: formatReference(name),
    isBundle: kind === 'bundle',
  }));
  return { image, locations, ...(missing.length === 0 ? {} : { missing }) };
}

/**
 * Thrown by an ImageReader that found an image at none of the given locations; the message lists them with their
 * reasons.
 */
export class PlacesTried extends Error {
  override readonly name = 'PlacesTried';
}
