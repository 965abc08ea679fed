import { AirgapError } from '../base/errors.ts';
import { forEachParallel } from '../base/parallel.ts';
import type { Digest } from '../oci/digest.ts';
import type { Registries } from '../oci/registries.ts';
import type { DigestReference } from '../oci/reference.ts';
import { parseLockOf, readLockText } from './bundle.ts';
import { blobsOf, manifestsOf } from './graph.ts';
import type { FoundImage } from './graph.ts';
import { RegistryImageReader } from './registry-image-reader.ts';

/** Maximum number of concurrent requests. */
const PARALLEL = 8;
/** Maximum number of images to read. */
const MAX_IMAGES = 500;

/**
 * Size of an image with everything that belongs to it, in bytes: the manifests of an index, the images of a bundle's
 * lock and of nested bundles; shared content counts once. Contacts only the image's own registry.
 * @returns undefined if images are elsewhere or missing, or if there are more than 500
 * @throws the errors of reading the image itself
 */
export async function contentSize(
  registries: Registries,
  place: DigestReference,
  signal: AbortSignal,
): Promise<number | undefined> {
  const reader = new RegistryImageReader(registries, PARALLEL);
  const sizes = new Map<Digest, number>();
  const seen = new Set<Digest>([place.digest]);
  let isComplete = true;

  const add = async (image: FoundImage, stop: AbortSignal): Promise<void> => {
    for (const { digest, size } of blobsOf(image.node)) sizes.set(digest, size);
    for (const { digest, bytes } of manifestsOf(image.node)) sizes.set(digest, bytes.byteLength);
    if (image.kind !== 'bundle') return;
    const text = await readLockText(image, (layer) => reader.openLayer(image, layer, stop));
    const references = parseLockOf(image, text).images.map(({ reference }) => reference);
    await forEachParallel(references, stop, async (reference, end) => {
      if (seen.has(reference.digest)) return;
      seen.add(reference.digest);
      if (seen.size > MAX_IMAGES) isComplete = false;
      const found = isComplete ? await find(reference, end) : undefined;
      if (found === undefined) isComplete = false;
      else await add(found, end);
    });
  };

  /** Like imgpkg, looks in the bundle's repository first. */
  const find = async (reference: DigestReference, stop: AbortSignal): Promise<FoundImage | undefined> => {
    const places = [
      { ...place, digest: reference.digest },
      ...(reference.registry === place.registry ? [reference] : []),
    ];
    for (const each of places) {
      try {
        return await reader.read(each, stop);
      } catch (error) {
        if (!(error instanceof AirgapError)) throw error;
      }
    }
    return undefined;
  };

  await add(await reader.read(place, signal), signal);
  return isComplete ? [...sizes.values()].reduce((sum, size) => sum + size, 0) : undefined;
}
