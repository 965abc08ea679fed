import { defined } from '../../base/json.ts';
import type { ExportBase } from '../../carvel/export-manifest.ts';
import { blobsOf, manifestsOf } from '../../carvel/graph.ts';
import type { ManifestNode } from '../../carvel/graph.ts';
import type { Digest } from '../../oci/digest.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import { formatReference, formatRepository } from '../../oci/reference.ts';
import { missingImages, withoutIncomplete } from '../keep-going.ts';
import { leftBehindWarnings, summarizeAttachments } from './attachments.ts';
import { skippedLayersWarning } from './skipped-layers.ts';
import type { PlannedImage, PlannedTag, PlanSummary, PlanTotals } from './plan-summary.ts';
import type { SourceBlob, SourceContent, SourceItem } from '../source.ts';

/** A blob of an image to copy. `skip`: non-distributable, not copied; `omit`: only the base of a delta has it. */
export interface PlannedBlob extends SourceBlob {
  readonly action: 'copy' | 'present' | 'skip' | 'omit';
  /** A repository of the destination's registry that was found to have it. */
  readonly mountFrom?: string;
}

/** A plan without its summary. */
export interface PlanParts {
  readonly content: SourceContent;
  /** Items that the destination already has. */
  readonly present: ReadonlySet<SourceItem>;
  /** The distinct blobs of all other items. */
  readonly blobs: ReadonlyMap<Digest, PlannedBlob>;
  /** What the users' tags currently point to at the destination. */
  readonly currentTags: ReadonlyMap<string, Digest>;
  readonly includeNonDistributable: boolean;
  readonly omitted: ReadonlySet<Digest>;
  readonly base?: ExportBase;
}

export interface SummaryContext {
  readonly source: string;
  readonly destination: string;
  readonly exact: boolean;
  readonly bytesOnDisk: number | undefined;
  /** The same without a base. */
  readonly bytesInFull: number | undefined;
  /** Whether the destination is a file rather than a repository. */
  readonly isFile: boolean;
}

/** Summarizes a plan for display. */
export function summarizePlan(plan: PlanParts, context: SummaryContext): PlanSummary {
  const { source, destination, exact, bytesOnDisk, bytesInFull, isFile } = context;
  const { root, subset, items, bundles, warnings = [] } = plan.content;
  const missing = missingImages(bundles);
  const attachments = summarizeAttachments(plan.content);
  const complete = withoutIncomplete(plan.content, missing).items;
  return {
    source,
    destination,
    ...(root === undefined ? {} : { root: summarizeRoot(root) }),
    ...(subset === undefined ? {} : { subset }),
    images: imagesOf(plan),
    tags: items.flatMap((item, index) =>
      summarizeTag(item, plan.currentTags, item.tag !== undefined && complete[index]?.tag === undefined),
    ),
    missing,
    ...(plan.base === undefined ? {} : { base: plan.base }),
    totals: { ...totalsOf(plan), ...defined({ bytesOnDisk, bytesInFull }) },
    attachments,
    exact,
    warnings: [
      ...nonDistributableWarnings(plan, isFile ? undefined : destination),
      ...warnings,
      ...leftBehindWarnings(attachments, plan.content.left?.reason),
    ],
  };
}

function summarizeRoot({ image, tag }: SourceItem): NonNullable<PlanSummary['root']> {
  return { digest: image.node.digest, isBundle: image.kind === 'bundle', ...(tag === undefined ? {} : { tag }) };
}

function summarizeTag(
  { image, tag }: SourceItem,
  currentTags: ReadonlyMap<string, Digest>,
  isIncomplete: boolean,
): PlannedTag[] {
  if (tag === undefined) return [];
  const current = currentTags.get(tag);
  const optional = { ...(current === undefined ? {} : { current }), ...(isIncomplete ? { isIncomplete } : {}) };
  return [{ name: tag, digest: image.node.digest, ...optional }];
}

/** One entry per digest; it is present only if it is present under all its names. */
function imagesOf({ content, present }: PlanParts): PlannedImage[] {
  return [...Map.groupBy(content.items, ({ image }) => image.node.digest).values()].flatMap((items) => {
    const [first] = items;
    if (first === undefined) return [];
    const { place, node, kind } = first.image;
    const action = items.every((item) => present.has(item)) ? 'present' : 'copy';
    const reference = formatReference(place);
    const origin = items.map(({ origRef }) => origRef).find((each) => each !== undefined && each !== reference);
    return [{ reference, digest: node.digest, ...defined({ origin }), kind, bytes: bytesOf(node), action }];
  });
}

function bytesOf(node: ManifestNode): number {
  const sizes = new Map<Digest, number>();
  for (const blob of blobsOf(node)) sizes.set(blob.digest, blob.size);
  for (const manifest of manifestsOf(node)) sizes.set(manifest.digest, manifest.bytes.byteLength);
  return sum(sizes.values());
}

function totalsOf(plan: PlanParts): PlanTotals {
  const { content, blobs } = plan;
  const allBlobs = new Map<Digest, number>();
  const manifests = new Map<Digest, number>();
  for (const item of content.items) {
    for (const blob of blobsOf(item.image.node)) allBlobs.set(blob.digest, blob.size);
    for (const { digest, bytes } of manifestsOf(item.image.node)) manifests.set(digest, bytes.byteLength);
  }
  const images = imagesOf(plan);
  const toCopy = [...blobs.values()].filter(({ action }) => action === 'copy').map(({ descriptor }) => descriptor.size);
  return {
    images: images.length,
    imagesToCopy: images.filter(({ action }) => action === 'copy').length,
    blobs: allBlobs.size,
    blobsToCopy: toCopy.length,
    bytes: sum(allBlobs.values()) + sum(manifests.values()),
    bytesToCopy: sum(toCopy) + manifestBytesToCopy(plan),
  };
}

/** One entry per manifest, with its reference at the destination, as imgpkg does. */
function nonDistributableWarnings(
  { content, includeNonDistributable }: PlanParts,
  repository: string | undefined,
): string[] {
  const images = content.items.flatMap(({ image }) =>
    [...manifestsOf(image.node)].flatMap(({ digest, blobs }) => {
      const layers = blobs.filter(({ mediaType }) => isNonDistributable(mediaType)).map((layer) => layer.digest);
      return layers.length === 0
        ? []
        : [{ reference: `${repository ?? formatRepository(image.place)}@${digest}`, layers }];
    }),
  );
  if (includeNonDistributable) {
    const none =
      "'--include-non-distributable-layers' flag provided, but no images contained a non-distributable layer.";
    return images.length === 0 ? [none] : [];
  }
  return images.length === 0 ? [] : [skippedLayersWarning(images)];
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}

/**
 * Size of the distinct manifests of images that are not present.
 * @param without digests of images to leave out
 */
export function manifestBytesToCopy(
  { content, present }: Pick<PlanParts, 'content' | 'present'>,
  without: ReadonlySet<Digest> = new Set(),
): number {
  const seen = new Set<Digest>();
  const items = content.items.filter((item) => !present.has(item) && !without.has(item.image.node.digest));
  return items
    .flatMap(({ image }) => [...manifestsOf(image.node, seen)])
    .reduce((total, { bytes }) => total + bytes.byteLength, 0);
}
