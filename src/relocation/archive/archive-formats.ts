import { joinPieces } from '../../base/join-pieces.ts';
import { forEachParallel } from '../../base/parallel.ts';
import {
  INDEX_NAME,
  LAYOUT_FILE,
  LAYOUT_NAME,
  blobEntryName,
  formatLayoutIndex,
} from '../../carvel/archive/layout-index.ts';
import type { NamedManifest } from '../../carvel/archive/layout-index.ts';
import { formatArchiveManifest } from '../../carvel/archive/format.ts';
import type { ArchiveEntry } from '../../carvel/archive/format.ts';
import type { ArchiveHead, ArchiveLayer } from '../../carvel/archive/layout.ts';
import { layerEntryName, MANIFEST_NAME } from '../../carvel/archive/names.ts';
import { carvelError } from '../../carvel/errors.ts';
import { manifestsOf } from '../../carvel/graph.ts';
import { buildLocationsImage } from '../../carvel/locations-image.ts';
import { imgpkgTag, locationsTag } from '../../carvel/tags.ts';
import { DigestVerifier } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import { AT_ONCE_NEAR } from '../../oci/round-trips.ts';
import type { LayerChoice } from '../destination.ts';
import type { RelocationSource, SourceBlob, SourceContent } from '../source.ts';

/** How images are stored in a file or folder. */
export interface ArchiveFormat {
  /** Whether configs are stored in the first files instead of as blobs. */
  readonly keepsConfigsWithManifests: boolean;
  /** The file that names every manifest by digest. */
  readonly contentName: string;
  /** The small files that come first. May read configs from the source. */
  files(content: SourceContent, source: RelocationSource, signal: AbortSignal): Promise<ArchiveHead[]>;
  /** The name of a blob. */
  nameOf(digest: Digest): string;
}

/** The tar of `imgpkg copy --to-tar`. */
export const IMGPKG_TAR: ArchiveFormat = {
  keepsConfigsWithManifests: true,
  contentName: MANIFEST_NAME,
  nameOf: layerEntryName,
  files: async (content, source, signal) => [
    { name: MANIFEST_NAME, pieces: await manifestPieces(content, source, signal) },
  ],
};

/**
 * An OCI image layout (image-spec, image-layout.md). Each image has imgpkg's tag, and the requested ones their own;
 * bundles have a locations image, so that another tool can copy all names to a repository that imgpkg understands.
 */
export const OCI_LAYOUT: ArchiveFormat = {
  keepsConfigsWithManifests: false,
  contentName: INDEX_NAME,
  nameOf: blobEntryName,
  files: (content) => {
    const { names, blobs } = layoutParts(content);
    return Promise.resolve([
      { name: LAYOUT_NAME, pieces: [LAYOUT_FILE] },
      { name: INDEX_NAME, pieces: [formatLayoutIndex(names)] },
      ...[...blobs].map(([digest, bytes]) => ({ name: blobEntryName(digest), pieces: [bytes] })),
    ]);
  },
};

/** The names of an image layout, and the manifests and locations images by digest. */
export function layoutParts(content: SourceContent): { names: NamedManifest[]; blobs: Map<Digest, Buffer> } {
  const names = new Map<string, NamedManifest>();
  const blobs = new Map<Digest, Buffer>();
  for (const entry of entriesOf(content)) {
    const { node, tag } = entry;
    for (const { digest, bytes } of manifestsOf(node)) blobs.set(digest, bytes);
    for (const name of tag === '' ? [imgpkgTag(node.digest)] : [imgpkgTag(node.digest), tag]) {
      const known = names.get(name)?.entry;
      if (known?.isRootBundle !== true) names.set(name, { node, name, entry });
    }
  }
  for (const { image, locations } of content.bundles) {
    const built = buildLocationsImage(locations);
    const node = { digest: built.digest, mediaType: built.mediaType, bytes: built.manifest };
    const name = locationsTag(image.node.digest);
    names.set(name, { node, name });
    blobs.set(built.digest, built.manifest);
    for (const { descriptor, bytes } of built.blobs) blobs.set(descriptor.digest, bytes);
  }
  return { names: [...names.values()], blobs };
}

function entriesOf({ items }: SourceContent): ArchiveEntry[] {
  return items.map(({ image, tag, origRef, isRootBundle }) => ({
    place: image.place,
    node: image.node,
    tag: tag ?? '',
    origRef: origRef ?? '',
    isRootBundle: isRootBundle ?? false,
  }));
}

const CONFIG_LIMIT = 8 * 1024 * 1024;

async function manifestPieces(
  content: SourceContent,
  source: RelocationSource,
  signal: AbortSignal,
): Promise<Buffer[]> {
  const places = new Map<Digest, SourceBlob>();
  for (const { image } of content.items) {
    for (const { blobs } of manifestsOf(image.node)) {
      const [descriptor] = blobs;
      if (descriptor !== undefined && !places.has(descriptor.digest))
        places.set(descriptor.digest, { descriptor, place: image.place });
    }
  }
  const configs = new Map<Digest, Buffer>();
  const read = async (config: SourceBlob, stop: AbortSignal) =>
    void configs.set(config.descriptor.digest, await readConfig(config, source, stop));
  await forEachParallel(places.values(), signal, read, source.atOnce ?? AT_ONCE_NEAR);
  const empty = Buffer.alloc(0);
  return formatArchiveManifest(entriesOf(content), ({ blobs: [config] }) =>
    config === undefined ? empty : (configs.get(config.digest) ?? empty),
  );
}

async function readConfig(config: SourceBlob, source: RelocationSource, signal: AbortSignal): Promise<Buffer> {
  const { digest, size } = config.descriptor;
  const kept = source.cached(digest);
  if (kept !== undefined) return kept;
  if (size > CONFIG_LIMIT) throw carvelError('config-too-large', { digest, size, limit: CONFIG_LIMIT });
  const { body, where } = await source.openBlob(config, { lane: 'small', signal });
  const verifier = new DigestVerifier(digest);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    verifier.update(chunk);
    if (verifier.bytes > CONFIG_LIMIT) break;
    chunks.push(chunk);
  }
  verifier.verify(where);
  return joinPieces(chunks);
}

/** The blobs that are stored on their own. */
export function layersOf(
  content: SourceContent,
  { includeNonDistributable, omitted }: LayerChoice,
  { keepsConfigsWithManifests }: ArchiveFormat,
): ArchiveLayer[] {
  const layers = new Map<Digest, ArchiveLayer>();
  for (const { image } of content.items) {
    for (const { blobs } of manifestsOf(image.node)) {
      for (const { digest, size, mediaType } of keepsConfigsWithManifests ? blobs.slice(1) : blobs) {
        const isLeftOut = isNonDistributable(mediaType) && !includeNonDistributable;
        if (!isLeftOut && !omitted.has(digest)) layers.set(digest, { digest, size });
      }
    }
  }
  return [...layers.values()];
}
