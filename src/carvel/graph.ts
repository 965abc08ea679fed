import { AirgapError } from '../base/errors.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { DigestReference } from '../oci/reference.ts';
import { carvelError } from './errors.ts';
import type { ImageLocation } from './image-locations.ts';

/** A manifest or index with all below it. */
export interface ManifestNode {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The exact bytes. */
  readonly bytes: Buffer;
  /** Of an index: its manifests, in order. */
  readonly children: readonly ManifestNode[];
  /** Of an image: its config, then its layers. */
  readonly blobs: readonly Descriptor[];
}

/** An image, index or bundle that was found somewhere. */
export interface FoundImage {
  /** Where it was found, and where its blobs are. */
  readonly place: DigestReference;
  readonly node: ManifestNode;
  readonly kind: 'image' | 'index' | 'bundle';
}

/** An image as a lock names it, and where it was found. */
export interface NamedImage {
  /** The canonical reference as it stands in the lock. */
  readonly name: DigestReference;
  readonly image: FoundImage;
}

/** A bundle of the graph with what its own lock names, nested ones apart. */
export interface BundleNode {
  readonly image: FoundImage;
  /** One entry per distinct digest of its images.yml, in that order. */
  readonly locations: readonly ImageLocation[];
  /** What its lock names and was found nowhere; only where that is no reason to give up. */
  readonly missing?: readonly MissingImage[];
}

/** All that a root bundle needs. */
export interface BundleGraph {
  /** The root first, then nested ones as they were met. */
  readonly bundles: readonly BundleNode[];
  /** Every image of all locks, once per name, nested bundles among them; the root is not. */
  readonly images: readonly NamedImage[];
}

/** The most manifests that one image may have. */
export const MAX_MANIFESTS = 100_000;

/**
 * The manifests of a node, each as often as it is named: a few indexes that name each other's manifests again and again can
 * make more of them than anyone can write down.
 */
export function countManifests(node: ManifestNode, known = new Map<ManifestNode, number>()): number {
  const counted = known.get(node);
  if (counted !== undefined) return counted;
  const count = node.children.reduce((sum, child) => sum + countManifests(child, known), 1);
  known.set(node, count);
  return count;
}

/** The error for an index of which a manifest is missing. @param index where it is */
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

/** All manifests of a node, each once and after what it refers to. */
export function* manifestsOf(node: ManifestNode, seen = new Set<Digest>()): Generator<ManifestNode> {
  if (seen.has(node.digest)) return;
  seen.add(node.digest);
  for (const child of node.children) yield* manifestsOf(child, seen);
  yield node;
}

/** All blobs of a node and of what is below it; some may come more than once. */
export function* blobsOf(node: ManifestNode): Generator<Descriptor> {
  for (const manifest of manifestsOf(node)) yield* manifest.blobs;
}

/** An image that a lock names and that is at none of its places. */
export interface MissingImage {
  readonly name: DigestReference;
  readonly error: Error;
}
