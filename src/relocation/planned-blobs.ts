import { forEachParallel } from '../base/parallel.ts';
import { manifestsOf } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import type { RelocationDestination } from './destination.ts';
import type { PlannedBlobSummary } from './plan-summary.ts';
import type { PlannedBlob } from './plan.ts';
import type { RelocationSource, SourceContent } from './source.ts';

/** Every distinct blob of a plan with what would be done with it; those of images that are there are there too. */
export async function plannedBlobs(
  content: SourceContent,
  blobs: ReadonlyMap<Digest, PlannedBlob>,
  source: RelocationSource,
  { registry, keepsConfigsWithManifests }: RelocationDestination,
  signal: AbortSignal,
): Promise<PlannedBlobSummary[]> {
  const views = new Map<Digest, PlannedBlobSummary>();
  const foreign = await foreignBlobs(blobs, source, signal);
  for (const node of content.items.flatMap(({ image }) => [...manifestsOf(image.node)])) {
    for (const { digest, size } of keepsConfigsWithManifests ? node.blobs.slice(1) : node.blobs) {
      const planned = blobs.get(digest);
      const urls = foreign.get(digest);
      if (urls !== undefined) {
        views.set(digest, { digest, bytes: size, action: 'copy', urls });
        continue;
      }
      const isMountable =
        planned?.action === 'copy' && registry !== undefined && source.mountFrom(planned, registry) !== undefined;
      views.set(digest, { digest, bytes: size, action: isMountable ? 'mount' : (planned?.action ?? 'present') });
    }
  }
  return [...views.values()];
}

/** The blobs that are to be fetched from the URLs in their descriptors. */
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
