import { algorithmOf, hexOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';

/** The tag under which imgpkg keeps every image that it relocates. */
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

const VERSION = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

/** The order of tags as people look for them: newest version first (semver 2.0, clause 11), then names. */
export function compareTags(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (left === null || right === null) {
    if (left !== null) return -1;
    if (right !== null) return 1;
    return compareNames(a, b);
  }
  for (const part of [1, 2, 3]) {
    const difference = compareNumbers(right[part] ?? '0', left[part] ?? '0');
    if (difference !== 0) return difference;
  }
  const difference = comparePrereleases(right[4], left[4]);
  return difference !== 0 ? difference : compareNames(b, a);
}

function comparePrereleases(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 1 : 0) - (b === undefined ? 1 : 0);
  const [left, right] = [a.split('.'), b.split('.')];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const [x, y] = [left[index], right[index]];
    if (x === undefined || y === undefined) return x === undefined ? -1 : 1;
    const [xIsNumber, yIsNumber] = [/^\d+$/.test(x), /^\d+$/.test(y)];
    if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1;
    const difference = xIsNumber ? compareNumbers(x, y) : compareNames(x, y);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Numbers of any length, as digits. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** imgpkg's `--repo-based-tags`: the internal tag says which repository an image came from (at most 128 characters). */
export function repoBasedTag(reference: string, digest: Digest): string {
  const path = (reference.split('@', 1)[0] ?? '').split('/').slice(1).join('-');
  const clean = (text: string) => text.replace(/^[^A-Za-z0-9_]+|[^A-Za-z0-9._-]+/g, '');
  const name = clean(clean(path).slice(-49));
  return `${name}-${algorithmOf(digest)}-${hexOf(digest)}.imgpkg`.replace(/^-/, '').replaceAll(':', '-');
}
