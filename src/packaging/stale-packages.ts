import type { Package } from './package.ts';
import { placeOf } from './image-place.ts';

/**
 * The Packages of a repository that still point to where its bundle was before: kapp-controller answered from its cache, which does
 * not look at the host (reference/packaging-apis.md 7.4).
 */
export function stalePackages(
  packages: readonly Package[],
  repository: { readonly namespace: string; readonly name: string },
  before: string,
  after: string,
): readonly Package[] {
  const [old, now] = [placeOf(before).repository, placeOf(after).repository];
  if (old === now) return [];
  return packages.filter(
    (each) =>
      each.repository?.namespace === repository.namespace &&
      each.repository.name === repository.name &&
      each.images.some((image) => placeOf(image).repository === old),
  );
}
