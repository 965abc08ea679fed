import type { Bandwidth } from '../base/bandwidth.ts';
import type { Lane } from '../oci/http/transport.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { OpenedBlob } from './source.ts';

/** A blob to be written, and how to read it: from any place, as often as need be. */
export interface BlobCopy {
  readonly descriptor: Descriptor;
  readonly lane: Lane;
  /** The registry's word that it has the blob is not taken: its bytes are sent. */
  readonly force?: boolean;
  /** A repository of the destination's registry that has it. */
  readonly mountFrom?: string;
  /** Reading what has been read before costs next to nothing: it is on a disk of this machine. */
  readonly isLocal?: boolean;
  /** What its bytes are taken from; undefined where they cross no network. */
  readonly bandwidth?: Bandwidth | undefined;
  /** @param offset where to begin; bytes */
  open(signal: AbortSignal, offset: number): Promise<OpenedBlob>;
  /** Told of bytes as they pass. */
  readonly onBytes: (bytes: number) => void;
  /** Told that it goes on from a place: back after a failure, or ahead because a part was there. Bytes. */
  readonly onSeek: (offset: number) => void;
  /** Told of what failed and is tried again. */
  readonly onRetry: (error: Error, attempt: number) => void;
}
