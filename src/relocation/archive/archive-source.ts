import { readArchiveContent } from '../../carvel/archive/content.ts';
import type { ArchiveContent, ArchivedImage } from '../../carvel/archive/content.ts';
import { damagedVolumes, findVolumes, openVolumes } from '../../carvel/archive/volumes.ts';
import { attachmentOf } from '../../carvel/attachment-kind.ts';
import { discoverBundle } from '../../carvel/discovery.ts';
import { carvelError } from '../../carvel/errors.ts';
import type { ExportManifest } from '../../carvel/export-manifest.ts';
import { manifestsOf } from '../../carvel/graph.ts';
import type { FoundImage } from '../../carvel/graph.ts';
import { OciLayoutReader } from '../../carvel/archive/oci-layout.ts';
import { ArchiveReader } from '../../carvel/archive/reader.ts';
import type { ImageArchive } from '../../carvel/archive/reader.ts';
import type { Digest } from '../../oci/digest.ts';
import { isNonDistributable } from '../../oci/media-types.ts';
import type { OpenBlobOptions } from '../../oci/open-blob.ts';
import { relocationError } from '../errors.ts';
import { choosePackages, readPackageListing } from '../packages/choose-packages.ts';
import type { PackageListing } from '../packages/package-listing.ts';
import { baseLost } from '../plan/delta-check.ts';
import { inPlaceOf, sortItems, unsignedSubset } from '../source.ts';
import { readSignedExport, requireIntact } from './signed-export.ts';
import type { ExportSigner } from './signed-export.ts';
import type { OpenedBlob, RelocationSource, SourceBlob, SourceContent, SourceItem } from '../source.ts';

export interface ArchiveSourceOptions {
  /** An OCI image layout, in a tar or a folder; by default imgpkg's tar. */
  readonly format?: 'oci' | undefined;
  /** Reads every volume of a set first, until this signal; without it, they are only opened. */
  readonly verify?: AbortSignal;
  /**
   * Files with keys, one of which must have signed the export; then, with `verify`, all blobs are read too. Empty if
   * none has to.
   */
  readonly requireSignature?: readonly string[] | undefined;
  /** The chosen Packages (see choosePackages); empty or undefined for the whole. */
  readonly packages?: readonly string[] | undefined;
}

/**
 * Reads a tar written by imgpkg. The registry that its images came from is not contacted, unless it is the
 * destination's.
 */
export class ArchiveSource implements RelocationSource {
  readonly description: string;
  readonly isLocal = true;
  readonly exportManifest: ExportManifest | undefined;
  readonly signer: ExportSigner | undefined;
  readonly #archive: ImageArchive;
  readonly #packages: readonly string[];
  /** Configs, and the parts of a subset that is made here. */
  #contents: ReadonlyMap<Digest, Buffer> = new Map();

  private constructor(
    archive: ImageArchive,
    packages: readonly string[],
    exported: { manifest?: ExportManifest; signer?: ExportSigner },
  ) {
    this.#archive = archive;
    this.#packages = packages;
    this.description = archive.path;
    this.exportManifest = exported.manifest;
    this.signer = exported.signer;
  }

  /**
   * Opens a tar, with its export manifest if there is one.
   * @throws the errors of ArchiveReader.open; carvel.volumes-damaged, which names them; carvel.export-manifest-invalid,
   * carvel.export-manifest-differs; trust.signature-missing and others
   */
  static async open(
    path: string,
    { format, verify, requireSignature = [], packages = [] }: ArchiveSourceOptions = {},
  ): Promise<ArchiveSource> {
    if (verify !== undefined) await verifyVolumes(path, verify);
    const archive = await (format === 'oci' ? OciLayoutReader : ArchiveReader).open(path);
    try {
      const exported = await readSignedExport(archive.path, requireSignature);
      if (exported.manifest !== undefined) await archive.checkAgainst(exported.manifest);
      if (requireSignature.length > 0 && verify !== undefined) await requireIntact(archive, verify);
      return new ArchiveSource(archive, packages, exported);
    } catch (error) {
      await archive.close();
      throw error;
    }
  }

  async discover(signal: AbortSignal): Promise<SourceContent> {
    const content = await readArchiveContent(this.#archive, await this.#archive.describe(), signal);
    this.#contents = content.reader.contents;
    const { items, root, bundles } = content;
    const evidence = items.map(({ image, tag }) => ({ image, ...(tag === '' ? {} : { tag }) }));
    const isChosen = this.#packages.length > 0;
    if (root === undefined) {
      if (isChosen) throw relocationError('packages-need-bundle', { source: this.description });
      return { ...withoutRoot(sortItems(items.map(itemOf))), evidence };
    }
    const rootItem = itemOf(root);
    const whole = {
      items: sortItems(items.map((item) => (item === root ? rootItem : itemOf(item)))),
      root: rootItem,
      bundles,
    };
    const subset = isChosen ? await subsetOf(whole, content, this.#packages, signal) : undefined;
    return { ...(subset ?? whole), evidence };
  }

  /**
   * Lists the Packages of the bundle that the archive was exported from.
   * @throws relocation.packages-need-bundle, and the errors of readRepositoryBundle
   */
  async listPackages(signal: AbortSignal): Promise<PackageListing> {
    const { root, reader } = await readArchiveContent(this.#archive, await this.#archive.describe(), signal);
    if (root === undefined) throw relocationError('packages-need-bundle', { source: this.description });
    return readPackageListing(root.image, reader, signal);
  }

  cached(digest: Digest): Buffer | undefined {
    return this.#contents.get(digest);
  }

  openBlob({ descriptor }: SourceBlob, { offset, onRead, zeroCopy }: OpenBlobOptions): Promise<OpenedBlob> {
    // Planning has made sure that the destination has it, so it has been deleted there since. That a non-distributable
    // layer is missing has an error of its own.
    if (!isNonDistributable(descriptor.mediaType) && this.lacks(descriptor.digest))
      return Promise.reject(baseLost(descriptor.digest, this));
    const body = this.#archive.readLayer(descriptor.digest, offset, zeroCopy);
    return Promise.resolve({ body: onRead === undefined ? body : counted(body, onRead), where: this.#archive.path });
  }

  lacks(digest: Digest): boolean {
    return !this.#contents.has(digest) && !this.#archive.hasLayer(digest);
  }

  currentDigest(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  foreignUrls(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /**
   * A blob missing from the archive can still be mounted from its original repository if that is on the destination's
   * registry.
   */
  mountFrom({ descriptor, place }: SourceBlob, registry: string): string | undefined {
    const { digest } = descriptor;
    return place.registry === registry && this.lacks(digest) ? place.path : undefined;
  }

  close(): Promise<void> {
    return this.#archive.close();
  }
}

/** Not a generator, because each layer of them takes a considerable share of the time for a large blob. */
function counted(body: AsyncIterable<Uint8Array>, count: (bytes: number) => void): AsyncIterable<Uint8Array> {
  const counting = (result: IteratorResult<Uint8Array, unknown>) => {
    if (result.done !== true) count(result.value.byteLength);
    return result;
  };
  return {
    [Symbol.asyncIterator]: () => {
      const pieces = body[Symbol.asyncIterator]();
      return {
        next: () => pieces.next().then(counting),
        return: () => pieces.return?.() ?? Promise.resolve({ done: true, value: undefined }),
      };
    },
  };
}

async function verifyVolumes(path: string, signal: AbortSignal): Promise<void> {
  const set = await findVolumes(path);
  if (set === undefined) return;
  await (await openVolumes(set)).close();
  const damaged = await damagedVolumes(set, signal);
  if (damaged.length > 0) throw carvelError('volumes-damaged', { path: set.tar, damaged: damaged.join(', ') });
}

function itemOf({ image, tag, origRef, isRootBundle }: ArchivedImage): SourceItem {
  return {
    image,
    ...(tag === '' ? {} : { tag }),
    ...(origRef === '' ? {} : { origRef }),
    ...(isRootBundle ? { isRootBundle } : {}),
  };
}

/**
 * The content of an archive with chosen Packages only. Attachments of what is left out are left out too.
 * @returns undefined if that is the whole
 */
async function subsetOf(
  { items, root }: { readonly items: readonly SourceItem[]; readonly root: SourceItem },
  { images, reader }: ArchiveContent,
  packages: readonly string[],
  signal: AbortSignal,
): Promise<SourceContent | undefined> {
  const chosen = await choosePackages(root.image, packages, reader, signal);
  if (chosen === undefined) return undefined;
  const graph = await discoverBundle(reader, chosen.image, signal);
  const kept = digestsIn(graph.images.map(({ image }) => image));
  const leftOut = digestsIn([root.image, ...images.map(({ image }) => image)]);
  for (const digest of kept) leftOut.delete(digest);
  const rest = items.map((item) => ({ item, subject: attachmentOf(item.image.node.bytes, item.tag)?.subject }));
  // An attachment may have attachments.
  for (let before = -1; before < leftOut.size;) {
    before = leftOut.size;
    for (const { item, subject } of rest) {
      if (subject !== undefined && leftOut.has(subject)) leftOut.add(item.image.node.digest);
    }
  }
  const own = inPlaceOf(root, chosen.image);
  const content = { root: own, bundles: graph.bundles, subset: chosen.summarize(graph), original: root };
  const isSigned = rest.some(({ subject }) => subject === root.image.node.digest);
  return {
    ...content,
    items: sortItems([own, ...items.filter(({ image }) => !leftOut.has(image.node.digest))]),
    warnings: isSigned ? unsignedSubset(content) : [],
  };
}

function digestsIn(images: readonly FoundImage[]): Set<Digest> {
  const seen = new Set<Digest>();
  for (const { node } of images) for (const _ of manifestsOf(node, seen));
  return seen;
}

/**
 * The images of an archive without a recorded root bundle, which was exported from single images or by an old imgpkg.
 */
function withoutRoot(items: readonly SourceItem[]): SourceContent {
  const holdsBundle = items.some(({ image }) => image.kind === 'bundle');
  const [only] = items;
  return {
    items,
    bundles: [],
    ...(items.length === 1 && only !== undefined ? { root: only } : {}),
    ...(holdsBundle ? {} : { lockImages: items.map(({ image }) => ({ reference: image.place })) }),
  };
}
