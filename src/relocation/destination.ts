import type { ExportBase } from '../carvel/export-manifest.ts';
import type { Bandwidth } from '../base/bandwidth.ts';
import type { Lane } from '../oci/open-blob.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { OpenedBlob, RelocationSource, SourceContent, SourceItem } from './source.ts';
import type { ManifestNode } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';

/** A blob to write and the way to read it, from any offset and as often as necessary. */
export interface BlobCopy {
  readonly descriptor: Descriptor;
  readonly lane: Lane;
  /** Sends the bytes even if the registry reports that it already has the blob. */
  readonly force?: boolean;
  /** A repository on the destination's registry that has the blob. */
  readonly mountFrom?: string;
  /** Whether the source is a local disk, so that rereading is cheap. */
  readonly isLocal?: boolean;
  /** The budget that limits the transfer rate; undefined if the bytes do not cross a network. */
  readonly bandwidth?: Bandwidth | undefined;
  /** @param offset first byte to read */
  open(signal: AbortSignal, offset: number): Promise<OpenedBlob>;
  /** Called as bytes are transferred. */
  readonly onBytes: (bytes: number) => void;
  /**
   * Called when the transfer continues at another offset: back after a failure, or ahead if bytes were already present.
   */
  readonly onSeek: (offset: number) => void;
  /** Called with the number of the blob's first bytes that a later attempt would not have to transfer again. */
  readonly onKept: (bytes: number) => void;
  /**
   * Called where the transfer can stop without loss. While the relocation is being paused, returns a promise to wait
   * for, which rejects with an AbortError.
   */
  readonly rest: () => Promise<never> | undefined;
  /** Called before each retry with the error that caused it. */
  readonly onRetry: (error: Error, attempt: number, milliseconds?: number) => void;
}

/** Whether a blob's bytes were sent, the registry mounted it from another repository, or it was already present. */
export type BlobOutcome = 'copied' | 'mounted' | 'present';

/**
 * The place that a relocation writes to. A name becomes visible only after everything that it refers to is complete.
 */
export interface RelocationDestination {
  readonly description: string;
  /** host[:port] of the destination's registry, whose blobs can be mounted; undefined for a file. */
  readonly registry: string | undefined;
  /** Whether configs are stored with the manifests instead of as blobs. */
  readonly keepsConfigsWithManifests: boolean;
  /** Starts what would otherwise be waited for later, while the source is read. */
  readonly prepare?: (signal: AbortSignal) => void;
  /** How many small requests it should have at once (see RoundTrips); undefined for a file. */
  readonly atOnce?: number;
  /** Whether an image is present, determined by a single request that does not check what the image refers to. */
  hasImage(item: SourceItem, signal: AbortSignal): Promise<boolean>;
  /** @param path another repository of the same registry */
  hasBlob(digest: Digest, signal: AbortSignal, path?: string): Promise<boolean>;
  /**
   * Whether the destination takes an index although it does not have these manifests that the index lists. Leaves nothing
   * behind where it can be deleted.
   */
  acceptsWithout(manifests: readonly Descriptor[], signal: AbortSignal): Promise<boolean>;
  /** What a tag currently points to; for a digest, the digest itself if such a manifest exists. */
  resolveTag(name: string, signal: AbortSignal): Promise<Digest | undefined>;
  /** Total size of the destination on disk in bytes; undefined for a registry. Requires what `source` has cached. */
  sizeOnDisk(
    content: SourceContent,
    source: RelocationSource,
    options: LayerChoice,
    signal: AbortSignal,
  ): Promise<number | undefined>;
  /**
   * Checks ahead of time, as far as possible, that missing content can be written: permissions, or free disk space.
   * @throws the error that writing would fail with
   */
  check(content: SourceContent, source: RelocationSource, options: LayerChoice, signal: AbortSignal): Promise<void>;
  /** Creates what must exist before the first blob is written. */
  begin(content: SourceContent, source: RelocationSource, options: LayerChoice, signal: AbortSignal): Promise<void>;
  putBlob(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome>;
  /**
   * Writes a manifest whose blobs and children are present. `item` is undefined for a manifest that is part of an
   * index. With `again`, a manifest is rewritten even if it was written before.
   */
  putManifest(node: ManifestNode, item: SourceItem | undefined, signal: AbortSignal, again?: boolean): Promise<void>;
  /** Writes the names after all content is complete. */
  finish(content: SourceContent, current: ReadonlyMap<string, Digest>, signal: AbortSignal): Promise<void>;
  /** Abandons unfinished writes and closes connections. */
  close(): Promise<void>;
}

/** Which layers of the content a destination gets. */
export interface LayerChoice {
  readonly includeNonDistributable: boolean;
  /** Layers that only the base of a delta has. */
  readonly omitted: ReadonlySet<Digest>;
  /** Only for a delta. */
  readonly base?: ExportBase;
}
