import { forEachParallel } from '../base/parallel.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { readImagesLock } from './bundle.ts';
import { carvelError } from './errors.ts';
import type { BundleGraph, BundleNode, FoundImage } from './graph.ts';
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
  const bundles = new Map<Digest, BundleNode>();
  const images = new Map<Digest, FoundImage>();
  const order: Digest[] = [];

  const visit = async (bundle: FoundImage, chain: readonly FoundImage[], stop: AbortSignal): Promise<void> => {
    const reference = formatReference(bundle.place);
    if (chain.length > MAX_DEPTH) throw carvelError('nesting-too-deep', { reference, limit: MAX_DEPTH });
    const lock = await readImagesLock(bundle, (layer) => reader.openLayer(bundle, layer, stop));
    const own = new Map<Digest, DigestReference>();
    for (const { reference } of lock.images) if (!own.has(reference.digest)) own.set(reference.digest, reference);
    if (images.size + own.size > MAX_IMAGES) throw carvelError('too-many-images', { reference, limit: MAX_IMAGES });

    const locations = new Map<Digest, ImageLocation>();
    await forEachParallel(own.values(), stop, async (named, inner) => {
      const found = await findBeside(bundle, named, chain, reader, inner);
      locations.set(named.digest, { image: formatReference(named), isBundle: found.kind === 'bundle' });
      const isNew = !images.has(named.digest);
      if (isNew) images.set(named.digest, found);
      if (isNew && found.kind === 'bundle') {
        order.push(named.digest);
        await visit(found, [...chain, bundle], inner);
      }
    });
    const inOrder = [...own.keys()].map((digest) => locations.get(digest)).filter((each) => each !== undefined);
    bundles.set(bundle.node.digest, { image: bundle, locations: inOrder });
  };

  await visit(root, [], signal);
  const nested = [...new Set(order)].filter((digest) => digest !== root.node.digest);
  return {
    bundles: [root.node.digest, ...nested].map((digest) => bundles.get(digest)).filter((each) => each !== undefined),
    images: [...images.values()].filter(({ node }) => node.digest !== root.node.digest),
  };
}

async function findBeside(
  bundle: FoundImage,
  named: DigestReference,
  chain: readonly FoundImage[],
  reader: ImageReader,
  signal: AbortSignal,
): Promise<FoundImage> {
  const beside = { registry: bundle.place.registry, path: bundle.place.path, digest: named.digest };
  const places = formatReference(beside) === formatReference(named) ? [named] : [beside, named];
  const nesting = [...chain.slice(1), ...(chain.length > 0 ? [bundle] : [])];
  const words = nesting.map(({ place }) => `Retrieving images for bundle '${formatReference(place)}': `).join('');
  return reader.find(places, signal).catch((error: unknown) => {
    throw error instanceof PlacesTried
      ? carvelError('image-missing', { chain: words, image: formatReference(named), tried: error.message }, error.cause)
      : error;
  });
}

/** Thrown by an ImageReader that found an image at none of the places it was given; the message lists them with their reasons. */
export class PlacesTried extends Error {
  override readonly name = 'PlacesTried';
}
