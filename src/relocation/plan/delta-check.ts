import { tryOrUndefined } from '../../base/errors.ts';
import { formatBytes } from '../../base/format.ts';
import { forEachParallel } from '../../base/parallel.ts';
import type { ExportBase } from '../../carvel/export-manifest.ts';
import { blobsOf } from '../../carvel/graph.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import { parseRepository } from '../../oci/reference.ts';
import type { RelocationDestination } from '../destination.ts';
import { relocationError } from '../errors.ts';
import type { FailedImage } from '../keep-going.ts';
import type { RelocationSource, SourceBlob, SourceContent } from '../source.ts';
import type { PlannedBlob } from './summarize-plan.ts';

/** Number of missing layers that an error names. */
const MISSING_NAMED = 3;

/**
 * Makes sure, before anything is written, that the destination has every layer that a delta omits, or can mount it: from
 * the repository that it came from, or from one that had the base. Asks for the layers of images that are already there
 * too, because a registry may have lost them.
 * @param blobs the blobs to copy; those that are present, or will be mounted, are marked
 * @throws relocation.base-incomplete, relocation.base-unknown
 */
export async function requireOmitted(
  content: SourceContent,
  blobs: Map<Digest, PlannedBlob>,
  source: RelocationSource,
  destination: RelocationDestination,
  signal: AbortSignal,
): Promise<void> {
  const missing: Descriptor[] = [];
  await forEachParallel(lackedBlobs(content.items, source), signal, async (lacked, stop) => {
    const { digest } = lacked.descriptor;
    const planned = blobs.get(digest);
    if (await destination.hasBlob(digest, stop)) {
      if (planned?.action === 'copy') blobs.set(digest, { ...planned, action: 'present' });
      return;
    }
    for (const path of mountPaths(lacked, source, destination.registry)) {
      if (planned === undefined || !(await destination.hasBlob(digest, stop, path))) continue;
      blobs.set(digest, { ...planned, mountFrom: path });
      return;
    }
    missing.push(lacked.descriptor);
  });
  if (missing.length === 0) return;
  const digests = missing.map(({ digest }) => digest).sort();
  const facts = {
    path: source.description,
    destination: destination.description,
    count: missing.length,
    size: formatBytes(missing.reduce((sum, { size }) => sum + size, 0)),
    digests: digests.length > MISSING_NAMED ? `${digests.slice(0, MISSING_NAMED).join(', ')}, …` : digests.join(', '),
  };
  const base = source.exportManifest?.base;
  if (base === undefined) throw relocationError('base-unknown', facts);
  throw relocationError('base-incomplete', { ...facts, base: baseText(base) });
}

/** What the base of a delta has. */
interface BaseContent {
  readonly name: string;
  readonly blobs: ReadonlySet<Digest>;
}

/**
 * Refuses a base that has nothing of what is exported, such as the inventory of another repository: a delta since it would
 * omit nothing.
 * @throws relocation.base-unrelated
 */
export function requireRelated({ items }: SourceContent, source: RelocationSource, base: BaseContent): void {
  const digests = items.flatMap(({ image }) => [...blobsOf(image.node)].map(({ digest }) => digest));
  if (digests.length === 0 || digests.some((digest) => base.blobs.has(digest))) return;
  const count = new Set(digests).size;
  throw relocationError('base-unrelated', {
    base: base.name,
    source: source.description,
    count,
    held: base.blobs.size,
  });
}

/**
 * Makes sure, before anything gets a tag, that the layers that a delta omits have not been deleted since.
 * @param failed images that were not copied, which need no layers
 * @throws relocation.base-lost
 */
export async function requireStillThere(
  { items }: SourceContent,
  failed: readonly FailedImage[],
  source: RelocationSource,
  destination: RelocationDestination,
  signal: AbortSignal,
): Promise<void> {
  const lost = new Set(failed.map(({ digest }) => digest));
  const arrived = items.filter(({ image }) => !lost.has(image.node.digest));
  await forEachParallel(lackedBlobs(arrived, source), signal, async ({ descriptor: { digest } }, stop) => {
    if (!(await destination.hasBlob(digest, stop))) throw baseLost(digest, source);
  });
}

/** The error for a layer that a tar omits, and that the destination does not have after all. */
export function baseLost(digest: Digest, { description, exportManifest }: BaseOwner): Error {
  const base = exportManifest?.base;
  const facts = { digest, path: description, base: base === undefined ? 'its base' : baseText(base) };
  return relocationError('base-lost', facts);
}

type BaseOwner = Pick<RelocationSource, 'description' | 'exportManifest'>;

/** The distinct blobs that the source does not have. That a non-distributable one is missing has an error of its own. */
function lackedBlobs(items: SourceContent['items'], source: RelocationSource): SourceBlob[] {
  const lacked = new Map<Digest, SourceBlob>();
  for (const { image } of items) {
    for (const descriptor of blobsOf(image.node)) {
      const { digest, mediaType } = descriptor;
      if (!isNonDistributable(mediaType) && source.lacks(digest))
        lacked.set(digest, { descriptor, place: image.place });
    }
  }
  return [...lacked.values()];
}

/** Repositories of the destination's registry that may have a blob. */
function mountPaths(blob: SourceBlob, source: RelocationSource, registry: string | undefined): readonly string[] {
  if (registry === undefined) return [];
  const origin = source.mountFrom(blob, registry);
  const places = (source.exportManifest?.base?.places ?? []).flatMap(
    (place) => tryOrUndefined(() => parseRepository(place)) ?? [],
  );
  const paths = places.filter((place) => place.registry === registry).map(({ path }) => path);
  return [...new Set([...(origin === undefined ? [] : [origin]), ...paths])];
}

function baseText({ name, digest, sequence }: ExportBase): string {
  return `${name} (${sequence === undefined ? '' : `export ${sequence}, `}${digest})`;
}
