import { forEachParallel } from '../base/parallel.ts';
import type { ImagesLock } from '../carvel/images-lock.ts';
import { locationsTag } from '../carvel/tags.ts';
import type { DigestReference } from '../oci/reference.ts';
import type { RegistryProbe } from './registry-probe.ts';

/**
 * How imgpkg, which vendir uses in the cluster, rewrites a bundle's lock (imgpkg, pkg/imgpkg/bundle/bundle.go):
 * `locations`: a locations image states, unchecked, that all entries are in the bundle's repository; `found`: there is
 * no locations image, but all entries are there; `none`: some are not, so all entries silently keep their references.
 */
export interface Rewriting {
  readonly how: 'locations' | 'found' | 'none';
  /** Number of distinct images outside the bundle's repository, if determined. */
  readonly missing: number;
}

/** The location of a lock entry after rewriting. */
export function placeOf(entry: DigestReference, bundle: DigestReference, { how }: Rewriting): DigestReference {
  return how === 'none' ? entry : inBundleRepository(bundle, entry);
}

export async function rewritingOf(
  bundle: DigestReference,
  lock: ImagesLock,
  probe: RegistryProbe,
  signal: AbortSignal,
): Promise<Rewriting> {
  const { registry, path, digest } = bundle;
  if (await probe.isThere({ registry, path, tag: locationsTag(digest) }, signal))
    return { how: 'locations', missing: 0 };
  const places = new Map(lock.images.map(({ reference }) => [reference.digest, inBundleRepository(bundle, reference)]));
  let missing = 0;
  await forEachParallel(places.values(), signal, async (place, stop) => {
    if (!(await probe.isThere(place, stop))) missing++;
  });
  return { how: missing === 0 ? 'found' : 'none', missing };
}

function inBundleRepository({ registry, path }: DigestReference, { digest }: DigestReference): DigestReference {
  return { registry, path, digest };
}
