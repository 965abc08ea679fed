import type { Attachment } from '../carvel/attachments.ts';
import type { LeftBehind } from '../carvel/attachment-survey.ts';
import type { ExportManifest } from '../carvel/export-manifest.ts';
import type { ExportSigner } from './archive/signed-export.ts';
import type { BundleNode, FoundImage } from '../carvel/graph.ts';
import type { LockedImage } from '../carvel/images-lock.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import type { OpenBlobOptions } from '../oci/open-blob.ts';
import { formatReference } from '../oci/reference.ts';
import type { SubsetSummary } from './packages/choose-packages.ts';

/** An image, index, bundle or signature to relocate. */
export interface SourceItem {
  readonly image: FoundImage;
  /** Tag for the destination, in addition to imgpkg's own. */
  readonly tag?: string;
  /** The canonical reference in the images.yml that names the image; only set for images found through a bundle. */
  readonly origRef?: string;
  /** Whether this is the requested bundle. */
  readonly isRootBundle?: boolean;
}

/** Everything to relocate, as found at the source. */
export interface SourceContent {
  /** Sorted by reference. A digest may occur several times, from different places or with different tags. */
  readonly items: readonly SourceItem[];
  /** The requested image or bundle. Absent for several images without a root bundle. */
  readonly root?: SourceItem;
  /** Bundles that get a locations image: the root and the bundles nested in it. */
  readonly bundles: readonly BundleNode[];
  /** The requested tag and what it pointed to when it was resolved; that digest is relocated even if the tag moves. */
  readonly resolved?: ResolvedTag;
  /** Entries for the resulting ImagesLock, in order; undefined if they cannot be determined. */
  readonly lockImages?: readonly LockedImage[];
  /** If the root was made here from chosen Packages of another bundle. */
  readonly subset?: SubsetSummary;
  /** The bundle that the subset was made from. */
  readonly original?: SourceItem;
  /** Describes content that was expected but is missing. */
  readonly warnings?: readonly string[];
  /** Signatures and other attachments that are not copied, as far as the source was asked. */
  readonly left?: LeftBehind;
  /** Signatures and other attachments that were found, whether they are copied or not. */
  readonly evidence?: readonly Attachment[];
}

export interface ResolvedTag extends Repository {
  readonly tag: string;
  readonly digest: Digest;
}

/** A blob and the repository to read it from. */
export interface SourceBlob {
  readonly descriptor: Descriptor;
  readonly place: Repository;
}

/** An open stream of a blob's bytes, which the reader must verify; `where` names the origin in errors. */
export interface OpenedBlob {
  readonly body: AsyncIterable<Uint8Array>;
  readonly where: string;
}

/** The place that a relocation reads from: a registry or an archive. */
export interface RelocationSource {
  readonly description: string;
  /** Whether the source is on a local disk. */
  readonly isLocal: boolean;
  /** How many small requests it should have at once, as configured or measured (see RoundTrips); undefined for a file. */
  readonly atOnce?: number;
  discover(signal: AbortSignal): Promise<SourceContent>;
  /** Content that discovery has read and cached. */
  cached(digest: Digest): Buffer | undefined;
  openBlob(blob: SourceBlob, options: OpenBlobOptions): Promise<OpenedBlob>;
  /** Whether the source is known not to have a blob's content, so that the destination must have it already. */
  lacks(digest: Digest): boolean;
  /** Describes the tar that is the source; undefined if nothing does, or for a registry. */
  readonly exportManifest: ExportManifest | undefined;
  /** Who signed that; undefined if nobody did. */
  readonly signer: ExportSigner | undefined;
  /** URLs to fetch a blob from if the registry does not serve it; undefined if it does. */
  foreignUrls(blob: SourceBlob, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** What a tag currently points to; undefined if unknown. */
  currentDigest(tag: ResolvedTag, signal: AbortSignal): Promise<Digest | undefined>;
  /** A repository that has the blob on the given registry; undefined if the source is elsewhere. */
  mountFrom(blob: SourceBlob, registry: string): string | undefined;
  close(): Promise<void>;
}

/** The item of a bundle that was made from another one, in its stead. */
export function inPlaceOf(whole: SourceItem, image: FoundImage): SourceItem {
  return { ...whole, image, ...(whole.origRef === undefined ? {} : { origRef: formatReference(image.place) }) };
}

/** Signatures of the original name its digest, so they say nothing about a subset. */
export function unsignedSubset({ root, subset }: Pick<SourceContent, 'root' | 'subset'>): string[] {
  if (root === undefined || subset === undefined) return [];
  const digest = root.image.node.digest;
  return [
    `Signatures of ${subset.of} do not apply to the subset ${digest}. Sign it at the destination if that is required`,
  ];
}

/** Sorts items the way imgpkg does: by the reference under which each image was found. */
export function sortItems(items: readonly SourceItem[]): SourceItem[] {
  const keyed = items.map((item) => ({ item, key: formatReference(item.image.place) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}
