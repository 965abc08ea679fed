import { DigestVerifier } from '../oci/digest.ts';
import { ociError } from '../oci/errors.ts';
import type { Lane } from '../oci/http/transport.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { OpenedBlob } from './source.ts';

/** A blob to be written, and how to read it: from the start, as often as need be. */
export interface BlobCopy {
  readonly descriptor: Descriptor;
  readonly lane: Lane;
  /** The registry's word that it has the blob is not taken: its bytes are sent. */
  readonly force?: boolean;
  /** A repository of the destination's registry that has it. */
  readonly mountFrom?: string;
  open(signal: AbortSignal): Promise<OpenedBlob>;
  /** Told of bytes as they pass. */
  readonly onBytes: (bytes: number) => void;
  /** Told that it is read again from the start. */
  readonly onRestart: (error: Error, attempt: number) => void;
}

/**
 * Passes a blob's bytes on and compares size and digest. The last chunk is held back until all are verified, so that no
 * receiver ever has the whole of a wrong blob.
 * @throws oci.size-mismatch, oci.digest-mismatch
 */
export async function* verified(
  opened: OpenedBlob,
  descriptor: Descriptor,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const { digest, size } = descriptor;
  const verifier = new DigestVerifier(digest);
  let held: Uint8Array | undefined;
  for await (const chunk of opened.body) {
    verifier.update(chunk);
    if (verifier.bytes > size) break;
    onBytes(chunk.byteLength);
    if (held !== undefined) yield held;
    held = chunk;
  }
  if (verifier.bytes !== size) {
    const got = verifier.bytes > size ? `more than ${size}` : verifier.bytes;
    throw ociError('size-mismatch', { digest, got, want: size, where: opened.where });
  }
  verifier.verify(opened.where);
  if (held !== undefined) yield held;
}
