import type { ManifestNode } from '../carvel/graph.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobCopy } from './blob-copy.ts';
import type { SourceContent } from './source.ts';

/** What became of a blob: its bytes were sent, the registry took it from another repository, or it was there. */
export type BlobOutcome = 'copied' | 'mounted' | 'present';

/** Where a relocation writes. Nothing becomes visible under a name before what it refers to is complete. */
export interface RelocationDestination {
  readonly description: string;
  /** host[:port] of the registry that it is in, so that blobs of the same registry can be mounted. */
  readonly registry: string;
  /** Whether an image is there, by one request: then what it refers to is not asked for. */
  hasImage(digest: Digest, signal: AbortSignal): Promise<boolean>;
  hasBlob(digest: Digest, signal: AbortSignal): Promise<boolean>;
  /** What a user's tag points at now. */
  resolveTag(name: string, signal: AbortSignal): Promise<Digest | undefined>;
  putBlob(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome>;
  /** A manifest whose blobs and children are there. `top`: an image of its own, not only a part of an index. */
  putManifest(node: ManifestNode, top: boolean, signal: AbortSignal): Promise<void>;
  /** Everything is there: writes locations images, then the users' tags that do not point right yet. */
  finish(content: SourceContent, current: ReadonlyMap<string, Digest>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
