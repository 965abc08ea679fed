import { defined } from '../../base/json.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { carvelError } from '../../carvel/errors.ts';
import type { ExportBase } from '../../carvel/export-manifest.ts';
import { blobsOf, manifestsOf, omittedManifests } from '../../carvel/graph.ts';
import type { Digest } from '../../oci/digest.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import { formatReference } from '../../oci/reference.ts';
import type { LayerChoice, RelocationDestination } from '../destination.ts';
import type { DeltaBase } from '../archive/delta-base.ts';
import { relocationError } from '../errors.ts';
import { requireOmitted, requireRelated } from './delta-check.ts';
import type { PlannedBlobSummary, PlanSummary } from './plan-summary.ts';
import type { PlanDepth, RelocationOptions } from '../request/request.ts';
import type { RelocationSource, SourceContent, SourceItem } from '../source.ts';
import { summarizePlan } from './summarize-plan.ts';
import type { PlannedBlob, PlanParts } from './summarize-plan.ts';

/** A comparison of source and destination, with everything needed to carry it out. */
export interface RelocationPlan extends PlanParts {
  readonly view: PlanSummary;
}

export interface PlanOptions {
  readonly depth: PlanDepth;
  /** What the other side of an export already has. */
  readonly base?: DeltaBase | undefined;
  readonly signal: AbortSignal;
}

/**
 * Compares the source with the destination. Writes nothing.
 * @throws relocation.base-incomplete, relocation.base-unknown if neither the source nor the destination has a layer
 */
export async function makePlan(
  source: RelocationSource,
  destination: RelocationDestination,
  options: RelocationOptions,
  { depth, base, signal }: PlanOptions,
): Promise<RelocationPlan> {
  const content = withTag(await source.discover(signal), options.toTag);
  refuseSha512(content);
  const includeNonDistributable = options.includeNonDistributable ?? false;
  const present = new Set<SourceItem>();
  const currentTags = new Map<string, Digest>();
  await forEachParallel(content.items, signal, async (item, stop) => {
    const tagged = item.tag === undefined ? undefined : destination.resolveTag(item.tag, stop);
    // It is awaited below, unless the image cannot be looked up.
    tagged?.catch(() => undefined);
    const isThere = options.repair !== true && (await destination.hasImage(item, stop));
    if (isThere && (!includeNonDistributable || (await hasForeign(item, destination, stop)))) present.add(item);
    const current = await tagged;
    if (item.tag !== undefined && current !== undefined) currentTags.set(item.tag, current);
  });
  const askForBlobs = depth !== 'run' || options.repair === true;
  if (base !== undefined) requireRelated(content, source, base);
  const omitted = omittedLayers(content, base);
  const blobs = planBlobs(content, present, destination, { includeNonDistributable, omitted });
  if (askForBlobs) await askFor(blobs, destination, signal);
  await requireOmitted(content, blobs, source, destination, signal);
  const choice = { includeNonDistributable, omitted, ...(base === undefined ? {} : { base: baseOf(base) }) };
  if (depth === 'ask' && present.size < content.items.length) {
    await destination.check(content, source, choice, signal);
  }
  if (depth !== 'show') await requirePlatforms(content, present, destination, options, signal);
  const bytesOnDisk = await destination.sizeOnDisk(content, source, choice, signal);
  const full = { includeNonDistributable, omitted: new Set<Digest>() };
  const bytesInFull = base === undefined ? undefined : await destination.sizeOnDisk(content, source, full, signal);
  const parts = { content, present, blobs, currentTags, ...choice };
  const words = { source: source.description, destination: destination.description };
  const isFile = destination.registry === undefined;
  const summary = summarizePlan(parts, { ...words, exact: askForBlobs, bytesOnDisk, bytesInFull, isFile });
  const view = { ...summary, ...(source.signer === undefined ? {} : { signer: source.signer }) };
  if (depth === 'run') return { ...parts, view };
  return { ...parts, view: { ...view, blobs: await plannedBlobs(content, blobs, source, destination, signal) } };
}

/** Makes sure that the destination takes indexes without the manifests of the platforms that are left out. */
async function requirePlatforms(
  { items }: SourceContent,
  present: ReadonlySet<SourceItem>,
  destination: RelocationDestination,
  { platforms = [] }: RelocationOptions,
  signal: AbortSignal,
): Promise<void> {
  if (platforms.length === 0) return;
  const omitted = items.filter((item) => !present.has(item)).flatMap(({ image }) => omittedManifests(image.node));
  if (omitted.length === 0 || (await destination.acceptsWithout(omitted, signal))) return;
  const others = new Set(omitted.map(({ platform }) => platform).filter((each) => each !== undefined));
  const facts = { destination: destination.description, platforms: [...others].sort().join(', ') };
  throw relocationError('platforms-refused', facts);
}

/** Whether a present image has its non-distributable layers, without which it may have been copied. */
async function hasForeign(
  { image }: SourceItem,
  destination: RelocationDestination,
  signal: AbortSignal,
): Promise<boolean> {
  for (const { digest, mediaType } of blobsOf(image.node)) {
    if (isNonDistributable(mediaType) && !(await destination.hasBlob(digest, signal))) return false;
  }
  return true;
}

/** The distinct blobs of the images that are not present. */
export function planBlobs(
  content: SourceContent,
  present: ReadonlySet<SourceItem>,
  destination: RelocationDestination,
  { includeNonDistributable, omitted }: LayerChoice,
): Map<Digest, PlannedBlob> {
  const blobs = new Map<Digest, PlannedBlob>();
  for (const item of content.items) {
    if (present.has(item)) continue;
    for (const node of manifestsOf(item.image.node)) {
      for (const descriptor of destination.keepsConfigsWithManifests ? node.blobs.slice(1) : node.blobs) {
        if (blobs.has(descriptor.digest)) continue;
        const isSkipped = isNonDistributable(descriptor.mediaType) && !includeNonDistributable;
        const action = isSkipped ? 'skip' : omitted.has(descriptor.digest) ? 'omit' : 'copy';
        blobs.set(descriptor.digest, { descriptor, place: item.image.place, action });
      }
    }
  }
  return blobs;
}

/** The layers that a delta omits. Bundles are complete in every tar, because an import reads their locks from it. */
function omittedLayers({ items }: SourceContent, base: DeltaBase | undefined): Set<Digest> {
  const omitted = new Set<Digest>();
  if (base === undefined) return omitted;
  const needed = new Set<Digest>();
  for (const { image } of items) {
    for (const { digest } of blobsOf(image.node)) {
      if (image.kind === 'bundle') needed.add(digest);
      else if (base.blobs.has(digest)) omitted.add(digest);
    }
  }
  return new Set([...omitted].filter((digest) => !needed.has(digest)));
}

function baseOf({ name, digest, sequence, places }: DeltaBase): ExportBase {
  return { name, digest, ...defined({ sequence, places }) };
}

async function askFor(
  blobs: Map<Digest, PlannedBlob>,
  destination: RelocationDestination,
  signal: AbortSignal,
): Promise<void> {
  await forEachParallel([...blobs.values()], signal, async (blob, stop) => {
    if (blob.action !== 'copy') return;
    const isThere = await destination.hasBlob(blob.descriptor.digest, stop);
    if (isThere) blobs.set(blob.descriptor.digest, { ...blob, action: 'present' });
  });
}

/** Replaces the root's tag. */
function withTag(content: SourceContent, tag: string | undefined): SourceContent {
  if (tag === undefined) return content;
  if (content.root === undefined) throw relocationError('no-root', { tag });
  const root = { ...content.root, tag };
  return { ...content, root, items: content.items.map((item) => (item === content.root ? root : item)) };
}

function refuseSha512({ items }: SourceContent): void {
  const item = items.find(({ image }) => image.node.digest.startsWith('sha512:'));
  if (item !== undefined) throw carvelError('sha512-root', { reference: formatReference(item.image.place) });
}

/** All distinct blobs with the planned action; those of present images are present too. */
async function plannedBlobs(
  content: SourceContent,
  blobs: ReadonlyMap<Digest, PlannedBlob>,
  source: RelocationSource,
  { registry, keepsConfigsWithManifests }: RelocationDestination,
  signal: AbortSignal,
): Promise<PlannedBlobSummary[]> {
  const summaries = new Map<Digest, PlannedBlobSummary>();
  const foreign = await foreignBlobs(blobs, source, signal);
  for (const node of content.items.flatMap(({ image }) => [...manifestsOf(image.node)])) {
    for (const { digest, size } of keepsConfigsWithManifests ? node.blobs.slice(1) : node.blobs) {
      const planned = blobs.get(digest);
      const urls = foreign.get(digest);
      if (urls !== undefined) {
        summaries.set(digest, { digest, bytes: size, action: 'copy', urls });
        continue;
      }
      const isMountable =
        planned?.action === 'copy' &&
        registry !== undefined &&
        (planned.mountFrom ?? source.mountFrom(planned, registry)) !== undefined;
      summaries.set(digest, { digest, bytes: size, action: isMountable ? 'mount' : (planned?.action ?? 'present') });
    }
  }
  return [...summaries.values()];
}

/** Blobs to be fetched from the URLs in their descriptors. */
async function foreignBlobs(
  blobs: ReadonlyMap<Digest, PlannedBlob>,
  source: RelocationSource,
  signal: AbortSignal,
): Promise<Map<Digest, readonly string[]>> {
  const foreign = new Map<Digest, readonly string[]>();
  await forEachParallel(blobs.values(), signal, async (blob, stop) => {
    if (blob.action !== 'copy' || blob.descriptor.urls === undefined) return;
    const urls = await source.foreignUrls(blob, stop);
    if (urls !== undefined) foreign.set(blob.descriptor.digest, urls);
  });
  return foreign;
}
