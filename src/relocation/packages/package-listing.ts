import type { BundleGraph, FoundImage } from '../../carvel/graph.ts';
import { blobsOf, manifestsOf } from '../../carvel/graph.ts';
import type { LockedImage } from '../../carvel/images-lock.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference, parseDigestReference } from '../../oci/reference.ts';
import { byNameAndVersion } from '../../packaging/subset/package-choice.ts';
import type { PackageVersion } from '../../packaging/subset/package-choice.ts';
import type { RepositoryPackage } from '../../packaging/subset/repository-packages.ts';

/** A Package with what it needs. */
export interface ListedPackage extends PackageVersion {
  /** ISO 8601, as the Package says. */
  readonly releasedAt?: string;
  /** Positions in the listing's `sizes`. */
  readonly needs: readonly number[];
}

/** The Packages of a bundle and the content that each of them needs, as plain data. */
export interface PackageListing {
  /** registry/path@digest of the bundle. */
  readonly bundle: string;
  /** By name, newest version first. */
  readonly packages: readonly ListedPackage[];
  /** Sizes in bytes of the distinct manifests, configs and layers. */
  readonly sizes: readonly number[];
  /** What every choice needs: the bundle itself, and images that no Package names. */
  readonly always: readonly number[];
  /** Number of images that are missing at the source, whose sizes are unknown. */
  readonly missing: number;
}

/** What a Package costs. */
export interface PackageCost extends PackageVersion {
  readonly releasedAt?: string;
  /** Size in bytes of everything that it needs. */
  readonly bytes: number;
  /** Size of what no other Package of the listing needs. */
  readonly ownBytes: number;
}

export interface ListedBundle {
  readonly image: FoundImage;
  readonly packages: readonly RepositoryPackage[];
  /** Images of the lock that no Package needs. */
  readonly unattributed: readonly LockedImage[];
  /** Everything that the bundle's lock names. */
  readonly graph: BundleGraph;
}

/** Lists the Packages of a bundle. */
export function listPackages({ image, packages, unattributed, graph }: ListedBundle): PackageListing {
  const sizes = new Map<Digest, { readonly at: number; readonly bytes: number }>();
  const found = new Map<Digest, FoundImage>(
    [image, ...graph.images.map((each) => each.image)].map((each) => [each.node.digest, each]),
  );
  const below = new Map(graph.bundles.map((bundle) => [bundle.image.node.digest, bundle.locations]));
  const note = (digest: Digest, bytes: number): number => {
    const known = sizes.get(digest) ?? { at: sizes.size, bytes };
    sizes.set(digest, known);
    return known.at;
  };
  const partsOf = ({ node }: FoundImage): number[] => [
    ...[...manifestsOf(node)].map(({ digest, bytes }) => note(digest, bytes.byteLength)),
    ...[...blobsOf(node)].map(({ digest, size }) => note(digest, size)),
  ];
  const closure = (digest: Digest, into: Set<number>, seen: Set<Digest>): void => {
    if (seen.has(digest)) return;
    seen.add(digest);
    const own = found.get(digest);
    if (own === undefined) return;
    for (const part of partsOf(own)) into.add(part);
    for (const location of below.get(digest) ?? []) closure(parseDigestReference(location.image).digest, into, seen);
  };
  const needsOf = (images: Iterable<LockedImage>): number[] => {
    const needs = new Set<number>();
    const seen = new Set<Digest>();
    for (const { reference } of images) closure(reference.digest, needs, seen);
    return [...needs];
  };
  const always = [...new Set([...partsOf(image), ...needsOf(unattributed)])];
  const listed = packages.toSorted(byNameAndVersion).map(({ name, version, releasedAt, images }) => ({
    name,
    version,
    ...(releasedAt === undefined ? {} : { releasedAt }),
    needs: needsOf(images),
  }));
  return {
    bundle: formatReference(image.place),
    packages: listed,
    sizes: [...sizes.values()].map(({ bytes }) => bytes),
    always,
    missing: graph.bundles.reduce((sum, { missing = [] }) => sum + missing.length, 0),
  };
}

/** Size in bytes of a choice of Packages; what several of them need counts once. */
export function bytesOfChoice({ sizes, always }: PackageListing, chosen: Iterable<ListedPackage>): number {
  const parts = new Set(always);
  for (const { needs } of chosen) for (const part of needs) parts.add(part);
  return total(parts, sizes);
}

/**
 * What each Package of a listing contributes to a choice, in bytes: what it would add, or, if it is chosen, what would be
 * saved without it.
 */
export function contributions(
  { packages, sizes, always }: PackageListing,
  chosen: ReadonlySet<ListedPackage>,
): ReadonlyMap<ListedPackage, number> {
  const uses = new Map<number, number>(always.map((part) => [part, Number.POSITIVE_INFINITY]));
  for (const { needs } of chosen) for (const part of needs) uses.set(part, (uses.get(part) ?? 0) + 1);
  return new Map(
    packages.map((each) => {
      const alone = chosen.has(each) ? 1 : 0;
      const own = each.needs.filter((part) => (uses.get(part) ?? 0) === alone);
      return [each, total(own, sizes)];
    }),
  );
}

/** What each Package of a listing costs. */
export function packageCosts({ packages, sizes, always }: PackageListing): PackageCost[] {
  const uses = new Map<number, number>(always.map((part) => [part, Number.POSITIVE_INFINITY]));
  for (const { needs } of packages) for (const part of needs) uses.set(part, (uses.get(part) ?? 0) + 1);
  return packages.map(({ needs, ...own }) => ({
    ...own,
    bytes: total(needs, sizes),
    ownBytes: total(
      needs.filter((part) => uses.get(part) === 1),
      sizes,
    ),
  }));
}

function total(parts: Iterable<number>, sizes: readonly number[]): number {
  let sum = 0;
  for (const part of parts) sum += sizes[part] ?? 0;
  return sum;
}
