import { forEachParallel } from '../base/parallel.ts';
import { blobsOf, manifestsOf } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import { isNonDistributable } from '../oci/media-types.ts';
import { formatReference } from '../oci/reference.ts';
import type { RelocationDestination } from './destination.ts';
import type { PlannedImage, PlannedTag, PlanTotals, PlanView } from './plan-view.ts';
import { plannedBlobs } from './planned-blobs.ts';
import type { PlanDepth } from './request.ts';
import type { RelocationSource, SourceBlob, SourceContent, SourceItem } from './source.ts';

/** A blob of an image that is to be copied. `skip`: non-distributable, left out. */
export interface PlannedBlob extends SourceBlob {
  readonly action: 'copy' | 'present' | 'skip';
}

/** What is to be done, with all that is needed to do it. */
export interface RelocationPlan {
  readonly content: SourceContent;
  /** Images that the destination has. */
  readonly present: ReadonlySet<Digest>;
  /** Distinct blobs of the images that it has not. */
  readonly blobs: ReadonlyMap<Digest, PlannedBlob>;
  /** Where users' tags point at the destination now. */
  readonly currentTags: ReadonlyMap<string, Digest>;
  readonly view: PlanView;
}

/** Compares what is at the source with what is at the destination. Makes no write request. */
export async function makePlan(
  source: RelocationSource,
  destination: RelocationDestination,
  depth: PlanDepth,
  signal: AbortSignal,
): Promise<RelocationPlan> {
  const content = await source.discover(signal);
  const present = new Set<Digest>();
  const currentTags = new Map<string, Digest>();
  await forEachParallel(content.items, signal, async ({ image, tag }, stop) => {
    if (await destination.hasImage(image.node.digest, stop)) present.add(image.node.digest);
    const current = tag === undefined ? undefined : await destination.resolveTag(tag, stop);
    if (tag !== undefined && current !== undefined) currentTags.set(tag, current);
  });
  const blobs = await planBlobs(content, present, destination, depth, signal);
  const view = viewOf({ content, present, blobs, currentTags }, source, destination, depth);
  return { content, present, blobs, currentTags, view };
}

async function planBlobs(
  content: SourceContent,
  present: ReadonlySet<Digest>,
  destination: RelocationDestination,
  depth: PlanDepth,
  signal: AbortSignal,
): Promise<Map<Digest, PlannedBlob>> {
  const blobs = new Map<Digest, PlannedBlob>();
  for (const { image } of content.items) {
    if (present.has(image.node.digest)) continue;
    for (const descriptor of blobsOf(image.node)) {
      const action = isNonDistributable(descriptor.mediaType) ? 'skip' : 'copy';
      if (!blobs.has(descriptor.digest)) blobs.set(descriptor.digest, { descriptor, place: image.place, action });
    }
  }
  if (depth === 'run') return blobs;
  await forEachParallel([...blobs.values()], signal, async (blob, stop) => {
    if (blob.action !== 'copy') return;
    const isThere = await destination.hasBlob(blob.descriptor.digest, stop);
    if (isThere) blobs.set(blob.descriptor.digest, { ...blob, action: 'present' });
  });
  return blobs;
}

function viewOf(
  plan: Omit<RelocationPlan, 'view'>,
  source: RelocationSource,
  destination: RelocationDestination,
  depth: PlanDepth,
): PlanView {
  const { content, present } = plan;
  const { root } = content;
  const skipped = [...plan.blobs.values()].filter(({ action }) => action === 'skip').length;
  return {
    source: source.description,
    destination: destination.description,
    ...(root === undefined ? {} : { root: rootView(root) }),
    images: content.items.map(({ image }): PlannedImage => ({
      reference: formatReference(image.place),
      digest: image.node.digest,
      kind: image.kind,
      bytes: bytesOf(image.node),
      action: present.has(image.node.digest) ? 'present' : 'copy',
    })),
    ...(depth === 'show' ? { blobs: plannedBlobs(content, plan.blobs, source, destination.registry) } : {}),
    tags: content.items.flatMap((item) => tagView(item, plan.currentTags)),
    totals: totalsOf(plan),
    exact: depth === 'show',
    warnings:
      skipped === 0 ? [] : [`${skipped} non-distributable layer(s) are left out; their images keep their manifests.`],
  };
}

function rootView({ image, tag }: SourceItem) {
  return { digest: image.node.digest, isBundle: image.kind === 'bundle', ...(tag === undefined ? {} : { tag }) };
}

function tagView({ image, tag }: SourceItem, currentTags: ReadonlyMap<string, Digest>): PlannedTag[] {
  if (tag === undefined) return [];
  const current = currentTags.get(tag);
  return [{ name: tag, digest: image.node.digest, ...(current === undefined ? {} : { current }) }];
}

function bytesOf(node: Parameters<typeof blobsOf>[0]): number {
  const sizes = new Map<Digest, number>();
  for (const blob of blobsOf(node)) sizes.set(blob.digest, blob.size);
  for (const manifest of manifestsOf(node)) sizes.set(manifest.digest, manifest.bytes.byteLength);
  return sum(sizes.values());
}

function totalsOf({ content, present, blobs }: Omit<RelocationPlan, 'view'>): PlanTotals {
  const allBlobs = new Map<Digest, number>();
  const manifests = new Map<Digest, number>();
  const manifestsToCopy = new Map<Digest, number>();
  for (const { image } of content.items) {
    for (const blob of blobsOf(image.node)) allBlobs.set(blob.digest, blob.size);
    for (const { digest, bytes } of manifestsOf(image.node)) {
      manifests.set(digest, bytes.byteLength);
      if (!present.has(image.node.digest)) manifestsToCopy.set(digest, bytes.byteLength);
    }
  }
  const toCopy = [...blobs.values()].filter(({ action }) => action === 'copy').map(({ descriptor }) => descriptor.size);
  return {
    images: content.items.length,
    imagesToCopy: content.items.length - present.size,
    blobs: allBlobs.size,
    blobsToCopy: toCopy.length,
    bytes: sum(allBlobs.values()) + sum(manifests.values()),
    bytesToCopy: sum(toCopy) + sum(manifestsToCopy.values()),
  };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}
