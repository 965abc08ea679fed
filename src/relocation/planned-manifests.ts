import { manifestsOf } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import type { RelocationPlan } from './plan.ts';

/** Bytes of the manifests that come with the images that are not there yet, each once; without those of some images. */
export function manifestBytesToCopy(
  { content, present }: Pick<RelocationPlan, 'content' | 'present'>,
  without: ReadonlySet<Digest> = new Set(),
): number {
  const seen = new Set<Digest>();
  const items = content.items.filter((item) => !present.has(item) && !without.has(item.image.node.digest));
  return items
    .flatMap(({ image }) => [...manifestsOf(image.node, seen)])
    .reduce((total, { bytes }) => total + bytes.byteLength, 0);
}
