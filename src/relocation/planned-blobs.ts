import { manifestsOf } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import type { RelocationDestination } from './destination.ts';
import type { PlannedBlobView } from './plan-view.ts';
import type { PlannedBlob } from './plan.ts';
import type { RelocationSource, SourceContent } from './source.ts';

/** Every distinct blob of a plan with what would be done with it; those of images that are there are there too. */
export function plannedBlobs(
  content: SourceContent,
  blobs: ReadonlyMap<Digest, PlannedBlob>,
  source: RelocationSource,
  { registry, keepsConfigsWithManifests }: RelocationDestination,
): PlannedBlobView[] {
  const views = new Map<Digest, PlannedBlobView>();
  for (const node of content.items.flatMap(({ image }) => [...manifestsOf(image.node)])) {
    for (const { digest, size } of keepsConfigsWithManifests ? node.blobs.slice(1) : node.blobs) {
      const planned = blobs.get(digest);
      const isMountable =
        planned?.action === 'copy' && registry !== undefined && source.mountFrom(planned, registry) !== undefined;
      views.set(digest, { digest, bytes: size, action: isMountable ? 'mount' : (planned?.action ?? 'present') });
    }
  }
  return [...views.values()];
}
