import type { Package } from './package.ts';
import { placeOf } from './image-place.ts';

/**
 * Packages of a repository that still reference the bundle's previous location, because kapp-controller's cache ignores
 * the host (pkg/app/app_fetch.go).
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
