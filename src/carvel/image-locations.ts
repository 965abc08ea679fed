import { formatYaml } from './images-lock.ts';
import { IMGPKG_API_VERSION } from './yaml.ts';

export interface ImageLocation {
  /** The canonical reference in the bundle's own images.yml. */
  readonly image: string;
  readonly isBundle: boolean;
}

/**
 * Formats `image-locations.yml`, which states that every image of a bundle's lock is in the bundle's repository, sorted
 * by image.
 */
export function formatImageLocations(locations: readonly ImageLocation[]): string {
  const images = [...locations]
    .sort((a, b) => (a.image < b.image ? -1 : a.image > b.image ? 1 : 0))
    .map(({ image, isBundle }) => ({ image, isBundle }));
  // imgpkg writes null instead of an empty list for a bundle without images.
  return formatYaml({
    apiVersion: IMGPKG_API_VERSION,
    images: images.length === 0 ? null : images,
    kind: 'ImageLocations',
  });
}
