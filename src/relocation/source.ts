import type { BundleNode, FoundImage } from '../carvel/graph.ts';
import type { LockedImage } from '../carvel/images-lock.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import type { OpenBlobOptions } from '../oci/open-blob.ts';

/** One image, index, bundle or signature to relocate. */
export interface SourceItem {
  readonly image: FoundImage;
  /** The tag it is to get at the destination beside imgpkg's own. */
  readonly tag?: string;
  /** The canonical reference as it stands in the images.yml that named it; only for what was found through a bundle. */
  readonly origRef?: string;
  /** The bundle that was asked for. */
  readonly isRootBundle?: boolean;
}

/** All that is to be relocated, as it was found at the source. */
export interface SourceContent {
  /** Sorted by reference. One digest may come several times, from several places or with several tags. */
  readonly items: readonly SourceItem[];
  /** What was asked for. Absent for several images without a root bundle. */
  readonly root?: SourceItem;
  /** Bundles that get a locations image: the root and those nested in it. */
  readonly bundles: readonly BundleNode[];
  /** The tag that was asked for, and what it pointed at: that is what is relocated, wherever it moves. */
  readonly resolved?: ResolvedTag;
  /** What an ImagesLock of the result lists, in its order; undefined where that can't be told. */
  readonly lockImages?: readonly LockedImage[];
  /** What was looked for, and is missing. */
  readonly warnings?: readonly string[];
}

export interface ResolvedTag extends Repository {
  readonly tag: string;
  readonly digest: Digest;
}

/** A blob and the repository where it is read. */
export interface SourceBlob {
  readonly descriptor: Descriptor;
  readonly place: Repository;
}

/** A blob's bytes on their way; `where` names their origin in errors. Whoever reads them verifies them. */
export interface OpenedBlob {
  readonly body: AsyncIterable<Uint8Array>;
  readonly where: string;
}

/** Where a relocation reads: a registry or an archive. */
export interface RelocationSource {
  readonly description: string;
  /** Whether it is on a disk of this machine. */
  readonly isLocal: boolean;
  discover(signal: AbortSignal): Promise<SourceContent>;
  /** What discovery has read and kept. */
  kept(digest: Digest): Buffer | undefined;
  openBlob(blob: SourceBlob, options: OpenBlobOptions): Promise<OpenedBlob>;
  /** The URLs from which a blob is fetched because the registry does not deliver it; undefined where it does. */
  foreignUrls(blob: SourceBlob, signal: AbortSignal): Promise<readonly string[] | undefined>;
  /** Where a tag points now; undefined where that can not be told. */
  currentDigest(tag: ResolvedTag, signal: AbortSignal): Promise<Digest | undefined>;
  /** The repository on this registry that has the blob, where the source is on it. */
  mountFrom(blob: SourceBlob, registry: string): string | undefined;
  close(): Promise<void>;
}
