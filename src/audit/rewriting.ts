import { forEachParallel } from '../base/parallel.ts';
import type { ImagesLock } from '../carvel/images-lock.ts';
import { locationsTag } from '../carvel/tags.ts';
import type { DigestReference } from '../oci/reference.ts';
import type { RegistryLook } from './registry-look.ts';

/**
 * What imgpkg, as vendir uses it in the cluster, does with a bundle's lock (reference/packaging-apis.md 7.2): `locations`: all
 * entries are said to be beside the bundle, unchecked; `found`: there is no locations image, but all are there; `none`: some are
 * not, so every entry stays as it is, and nobody is told.
 */
export interface Rewriting {
  readonly how: 'locations' | 'found' | 'none';
  /** How many distinct images are not beside the bundle, where that was asked. */
  readonly missing: number;
}

/** Where an entry of the lock is after the rewriting. */
export function placeOf(entry: DigestReference, bundle: DigestReference, { how }: Rewriting): DigestReference {
  return how === 'none' ? entry : beside(bundle, entry);
}

export async function rewritingOf(
  bundle: DigestReference,
  lock: ImagesLock,
  look: RegistryLook,
  signal: AbortSignal,
): Promise<Rewriting> {
  const { registry, path, digest } = bundle;
  if (await look.isThere({ registry, path, tag: locationsTag(digest) }, signal))
    return { how: 'locations', missing: 0 };
  const places = new Map(lock.images.map(({ reference }) => [reference.digest, beside(bundle, reference)]));
  let missing = 0;
  await forEachParallel(places.values(), signal, async (place, stop) => {
    if (!(await look.isThere(place, stop))) missing++;
  });
  return { how: missing === 0 ? 'found' : 'none', missing };
}

function beside({ registry, path }: DigestReference, { digest }: DigestReference): DigestReference {
  return { registry, path, digest };
}
