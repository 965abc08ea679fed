import { AirgapError } from '../base/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { DigestReference } from '../oci/reference.ts';
import { carvelError } from './errors.ts';
import type { ImageLocation } from './image-locations.ts';

/** A manifest or index with its descendants. */
export interface ManifestNode {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The exact bytes. */
  readonly bytes: Buffer;
  /** For an index, its manifests in order. */
  readonly children: readonly ManifestNode[];
  /** Manifests of an index that are left out because of their platforms. */
  readonly omitted?: readonly Descriptor[];
  /** For an image, its config followed by its layers. */
  readonly blobs: readonly Descriptor[];
}

/** An image, index or bundle with its location. */
export interface FoundImage {
  /** Where the image and its blobs were found. */
  readonly place: DigestReference;
  readonly node: ManifestNode;
  readonly kind: 'image' | 'index' | 'bundle';
  /** Whether it was not read at `place`, but at the destination, which has it under its own digest. */
  readonly isHeld?: true;
}

/** An image named in a lock, and the location where it was found. */
export interface NamedImage {
  /** The canonical reference in the lock. */
  readonly name: DigestReference;
  readonly image: FoundImage;
}

/** A bundle with the content of its own lock, without that of nested bundles. */
export interface BundleNode {
  readonly image: FoundImage;
  /** One entry per distinct digest of its images.yml, in the same order. */
  readonly locations: readonly ImageLocation[];
  /** Images of its lock that were not found, if the search continues nevertheless. */
  readonly missing?: readonly MissingImage[];
}

/** Everything that a root bundle needs. */
export interface BundleGraph {
  /** The root, followed by nested bundles in the order of discovery. */
  readonly bundles: readonly BundleNode[];
  /** Every image of all locks, once per reference, including nested bundles but not the root. */
  readonly images: readonly NamedImage[];
}

/** Maximum number of manifests in one image. */
export const MAX_MANIFESTS = 100_000;

/**
 * Counts a node's manifests as often as they are referenced: a few indexes that repeatedly reference each other's
 * manifests can expand to an enormous number.
 */
export function countManifests(node: ManifestNode, known = new Map<ManifestNode, number>()): number {
  const counted = known.get(node);
  if (counted !== undefined) return counted;
  const count = node.children.reduce((sum, child) => sum + countManifests(child, known), 1);
  known.set(node, count);
  return count;
}

/**
 * The error for an index with a missing manifest.
 * @param index location of the index
 */
export function incompleteIndex(
  index: string,
  { digest, attests, platform }: Descriptor,
  cause?: unknown,
): AirgapError {
  if (attests !== undefined) return carvelError('attestation-missing', { index, digest, image: attests }, cause);
  return carvelError('index-incomplete', { index, digest, platform: platform ?? 'unknown' }, cause);
}

export function isIncompleteIndex(error: unknown): error is AirgapError {
  return error instanceof AirgapError && ['carvel.attestation-missing', 'carvel.index-incomplete'].includes(error.code);
}

/** All manifests of a node, each once and after those it refers to. */
export function* manifestsOf(node: ManifestNode, seen = new Set<Digest>()): Generator<ManifestNode> {
  if (seen.has(node.digest)) return;
  seen.add(node.digest);
  for (const child of node.children) yield* manifestsOf(child, seen);
  yield node;
}

/** All blobs of a node and its descendants, possibly with duplicates. */
export function* blobsOf(node: ManifestNode): Generator<Descriptor> {
  for (const manifest of manifestsOf(node)) yield* manifest.blobs;
}

/** The manifests that are left out of a node and its descendants because of their platforms. */
export function omittedManifests(node: ManifestNode): Descriptor[] {
  return [...manifestsOf(node)].flatMap(({ omitted = [] }) => omitted);
}

/** An image named in a lock that was found at none of its locations. */
export interface MissingImage {
  readonly name: DigestReference;
  readonly error: Error;
}
