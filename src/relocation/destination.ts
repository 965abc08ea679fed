import type { ManifestNode } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { RelocationSource, SourceContent, SourceItem } from './source.ts';

/** What became of a blob: its bytes were sent, the registry took it from another repository, or it was there. */
export type BlobOutcome = 'copied' | 'mounted' | 'present';

/** Where a relocation writes. Nothing becomes visible under a name before what it refers to is complete. */
export interface RelocationDestination {
  readonly description: string;
  /** host[:port] of the registry that it is in, so that blobs of the same registry can be mounted; undefined for a file. */
  readonly registry: string | undefined;
  /** Whether configs are kept with the manifests, not as blobs. */
  readonly keepsConfigsWithManifests: boolean;
  /** Whether an image is there, by one request: then what it refers to is not asked for. */
  hasImage(item: SourceItem, signal: AbortSignal): Promise<boolean>;
  hasBlob(digest: Digest, signal: AbortSignal): Promise<boolean>;
  /** What a tag points at now; of a digest, itself where there is such a manifest. */
  resolveTag(name: string, signal: AbortSignal): Promise<Digest | undefined>;
  /** Bytes that the destination will have on disk; undefined for a registry. Needs what `source` has kept. */
  sizeOnDisk(
    content: SourceContent,
    source: RelocationSource,
    options: LayerChoice,
    signal: AbortSignal,
  ): Promise<number | undefined>;
  /**
   * Whether what is missing can be written, as far as that can be told before: rights, or room on the disk.
   * @throws what writing it would fail of
   */
  check(content: SourceContent, source: RelocationSource, options: LayerChoice, signal: AbortSignal): Promise<void>;
  /** Makes ready what has to be there before the first blob. */
  begin(content: SourceContent, source: RelocationSource, options: LayerChoice, signal: AbortSignal): Promise<void>;
  putBlob(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome>;
  /**
   * A manifest whose blobs and children are there. `item` for an image of its own, undefined for a part of an index.
   * With `again` it is written although it has been written before.
   */
  putManifest(node: ManifestNode, item: SourceItem | undefined, signal: AbortSignal, again?: boolean): Promise<void>;
  /** Everything is there: gives it its names. */
  finish(content: SourceContent, current: ReadonlyMap<string, Digest>, signal: AbortSignal): Promise<void>;
  /** Gives up what was begun and not finished, and lets go of connections. */
  close(): Promise<void>;
}

export interface LayerChoice {
  readonly includeNonDistributable: boolean;
}
