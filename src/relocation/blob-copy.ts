import type { Bandwidth } from '../base/bandwidth.ts';
import type { Lane } from '../oci/open-blob.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { OpenedBlob } from './source.ts';

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
  /** Called before each retry with the error that caused it. */
  readonly onRetry: (error: Error, attempt: number) => void;
}
