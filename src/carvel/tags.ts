import { algorithmOf, hexOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';

/** The tag that imgpkg gives to every relocated image. */
export function imgpkgTag(digest: Digest): string {
  return `${algorithmOf(digest)}-${hexOf(digest)}.imgpkg`;
}

/** The tag of a bundle's locations image. */
export function locationsTag(bundle: Digest): string {
  return `${algorithmOf(bundle)}-${hexOf(bundle)}.image-locations.imgpkg`;
}

/** Tags that tools write for themselves: imgpkg's, and cosign's signatures, attestations and SBOMs. */
export function isInternalTag(tag: string): boolean {
  return tag.endsWith('.imgpkg') || /^sha(?:256|512)-[0-9a-f]+(?:\.(?:sig|att|sbom))?$/.test(tag);
}

/**
 * The internal tag for imgpkg's `--repo-based-tags`, which contains the original repository's name (at most 128
 * characters).
 */
export function repoBasedTag(reference: string, digest: Digest): string {
  const path = (reference.split('@', 1)[0] ?? '').split('/').slice(1).join('-');
  const clean = (text: string) => text.replace(/^[^A-Za-z0-9_]+|[^A-Za-z0-9._-]+/g, '');
  const name = clean(clean(path).slice(-49));
  return `${name}-${algorithmOf(digest)}-${hexOf(digest)}.imgpkg`.replace(/^-/, '').replaceAll(':', '-');
}
