import { forEachParallel } from '../base/parallel.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { readImagesLock } from './bundle.ts';
import { carvelError } from './errors.ts';
import type { BundleGraph, BundleNode, FoundImage, NamedImage } from './graph.ts';
import type { ImageLocation } from './image-locations.ts';
import type { ImageReader } from './image-reader.ts';

const MAX_DEPTH = 16;
const MAX_IMAGES = 100_000;

/**
 * Finds all images and nested bundles of a bundle. Each is looked for beside the bundle that names it first, then at its
 * original location. A locations image is not needed for that, so it can not mislead either: what is found is what counts.
 * @throws carvel.image-missing, which names every place that was tried
 */
export async function discoverBundle(reader: ImageReader, root: FoundImage, signal: AbortSignal): Promise<BundleGraph> {
  const discovery = new Discovery(reader);
  await discovery.visit(root, [], signal);
  return discovery.graph(root);
}

class Discovery {
  readonly #reader: ImageReader;
  readonly #bundles = new Map<Digest, BundleNode>();
  /** By the name in a lock: who names the same thing the same way means the same thing. */
  readonly #images = new Map<string, NamedImage>();

  constructor(reader: ImageReader) {
    this.#reader = reader;
  }

  graph(root: FoundImage): BundleGraph {
    const nested = [...this.#bundles.values()].filter(({ image }) => image.node.digest !== root.node.digest);
    const own = this.#bundles.get(root.node.digest);
    return { bundles: own === undefined ? nested : [own, ...nested], images: [...this.#images.values()] };
  }

  /** @param chain the bundles on the way from the root to this one */
  async visit(bundle: FoundImage, chain: readonly FoundImage[], signal: AbortSignal): Promise<void> {
    const reference = formatReference(bundle.place);
    if (chain.length > MAX_DEPTH) throw carvelError('nesting-too-deep', { reference, limit: MAX_DEPTH });
    const lock = await readImagesLock(bundle, (layer) => this.#reader.openLayer(bundle, layer, signal));
    const names = Map.groupBy(lock.images, ({ reference }) => reference.digest);
    if (this.#images.size + names.size > MAX_IMAGES) {
      throw carvelError('too-many-images', { reference, limit: MAX_IMAGES });
    }
    const locations = new Map<Digest, ImageLocation>();
    await forEachParallel(names, signal, async ([digest, entries], inner) => {
      const [first, ...others] = entries.map((entry) => entry.reference);
      if (first === undefined) return;
      const found = await this.#find(bundle, first, chain, inner);
      locations.set(digest, { image: formatReference(first), isBundle: found.kind === 'bundle' });
      const isNew = this.#add(first, found);
      for (const other of others) await this.#addOther(other, found, bundle, inner);
      if (isNew && found.kind === 'bundle' && !this.#bundles.has(digest)) {
        this.#bundles.set(digest, { image: found, locations: [] });
        await this.visit(found, [...chain, bundle], inner);
      }
    });
    const inOrder = [...names.keys()].map((digest) => locations.get(digest)).filter((each) => each !== undefined);
    this.#bundles.set(bundle.node.digest, { image: bundle, locations: inOrder });
  }

  #add(name: DigestReference, image: FoundImage): boolean {
    const key = formatReference(name);
    if (this.#images.has(key)) return false;
    this.#images.set(key, { name, image });
    return true;
  }

  /** A second name of a digest: it may also be where that name says; if not, what was found will do. */
  async #addOther(name: DigestReference, found: FoundImage, bundle: FoundImage, signal: AbortSignal): Promise<void> {
    const isBeside = found.place.registry === bundle.place.registry && found.place.path === bundle.place.path;
    const isThere = !isBeside && (await this.#reader.has(name, signal));
    this.#add(name, isThere ? { ...found, place: name } : found);
  }

  async #find(
    bundle: FoundImage,
    named: DigestReference,
    chain: readonly FoundImage[],
    signal: AbortSignal,
  ): Promise<FoundImage> {
    const beside = { registry: bundle.place.registry, path: bundle.place.path, digest: named.digest };
    const places = formatReference(beside) === formatReference(named) ? [named] : [beside, named];
    const nesting = [...chain.slice(1), ...(chain.length > 0 ? [bundle] : [])];
    const words = nesting.map(({ place }) => `Retrieving images for bundle '${formatReference(place)}': `).join('');
    try {
      return await this.#reader.find(places, signal);
    } catch (error) {
      if (!(error instanceof PlacesTried)) throw error;
      const args = { chain: words, image: formatReference(named), tried: error.message };
      throw carvelError('image-missing', args, error.cause);
    }
  }
}

/** Thrown by an ImageReader that found an image at none of the places it was given; the message lists them with their reasons. */
export class PlacesTried extends Error {
  override readonly name = 'PlacesTried';
}
