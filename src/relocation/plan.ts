import { forEachParallel } from '../base/parallel.ts';
import { carvelError } from '../carvel/errors.ts';
import { blobsOf, manifestsOf } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import { isNonDistributable } from '../oci/media-types.ts';
import { formatReference } from '../oci/reference.ts';
import type { RelocationDestination } from './destination.ts';
import { relocationError } from './errors.ts';
import { plannedBlobs } from './planned-blobs.ts';
import type { PlanSummary } from './plan-summary.ts';
import type { PlanDepth, RelocationOptions } from './request.ts';
import type { RelocationSource, SourceBlob, SourceContent, SourceItem } from './source.ts';
import { summarizePlan } from './summarize-plan.ts';

/** A blob of an image that is to be copied. `skip`: non-distributable, left out. */
export interface PlannedBlob extends SourceBlob {
  readonly action: 'copy' | 'present' | 'skip';
}

/** What is to be done, with all that is needed to do it. */
export interface RelocationPlan {
  readonly content: SourceContent;
  /** Items that the destination has. */
  readonly present: ReadonlySet<SourceItem>;
  /** Distinct blobs of the items that it has not. */
  readonly blobs: ReadonlyMap<Digest, PlannedBlob>;
  /** Where users' tags point at the destination now. */
  readonly currentTags: ReadonlyMap<string, Digest>;
  readonly includeNonDistributable: boolean;
  readonly view: PlanSummary;
}

/** Compares what is at the source with what is at the destination. Writes nothing. */
export async function makePlan(
  source: RelocationSource,
  destination: RelocationDestination,
  options: RelocationOptions,
  depth: PlanDepth,
  signal: AbortSignal,
): Promise<RelocationPlan> {
  const content = withTag(await source.discover(signal), options.toTag);
  refuseSha512(content);
  const includeNonDistributable = options.includeNonDistributable ?? false;
  const present = new Set<SourceItem>();
  const currentTags = new Map<string, Digest>();
  await forEachParallel(content.items, signal, async (item, stop) => {
    const isThere = options.repair !== true && (await destination.hasImage(item, stop));
    if (isThere && (!includeNonDistributable || (await hasForeign(item, destination, stop)))) present.add(item);
    const current = item.tag === undefined ? undefined : await destination.resolveTag(item.tag, stop);
    if (item.tag !== undefined && current !== undefined) currentTags.set(item.tag, current);
  });
  const askForBlobs = depth !== 'run' || options.repair === true;
  const blobs = planBlobs(content, present, destination, includeNonDistributable);
  if (askForBlobs) await askFor(blobs, destination, signal);
  if (depth === 'ask' && present.size < content.items.length) {
    await destination.check(content, source, { includeNonDistributable }, signal);
  }
  const bytesOnDisk = await destination.sizeOnDisk(content, source, { includeNonDistributable }, signal);
  const parts = { content, present, blobs, currentTags, includeNonDistributable };
  const words = { source: source.description, destination: destination.description };
  const isFile = destination.registry === undefined;
  const view = summarizePlan(parts, { ...words, exact: askForBlobs, bytesOnDisk, isFile });
  if (depth === 'run') return { ...parts, view };
  return { ...parts, view: { ...view, blobs: await plannedBlobs(content, blobs, source, destination, signal) } };
}

/** Whether an image that is there has its non-distributable layers: it may have been copied without them. */
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

function planBlobs(
  content: SourceContent,
  present: ReadonlySet<SourceItem>,
  destination: RelocationDestination,
  includeNonDistributable: boolean,
): Map<Digest, PlannedBlob> {
  const blobs = new Map<Digest, PlannedBlob>();
  for (const item of content.items) {
    if (present.has(item)) continue;
    for (const node of manifestsOf(item.image.node)) {
      for (const descriptor of destination.keepsConfigsWithManifests ? node.blobs.slice(1) : node.blobs) {
        if (blobs.has(descriptor.digest)) continue;
        const isSkipped = isNonDistributable(descriptor.mediaType) && !includeNonDistributable;
        const action = isSkipped ? 'skip' : 'copy';
        blobs.set(descriptor.digest, { descriptor, place: item.image.place, action });
      }
    }
  }
  return blobs;
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

/** The content with another tag for its root. */
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
