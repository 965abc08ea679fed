import { ByteReader } from '../../base/byte-reader.ts';
import { abortError } from '../../base/errors.ts';
import { ociError } from '../../oci/errors.ts';
import { DigestVerifier } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import type { BlobCopy } from '../destination.ts';

/**
 * Hands out a blob's bytes in order and verifies size and digest of the whole. The last piece is held back until
 * everything is verified, so that no receiver ever gets a complete but wrong blob. Bytes after the last mark can be
 * taken again; the digest still covers the whole blob.
 */
export class VerifiedBytes {
  readonly #copy: BlobCopy;
  readonly #signal: AbortSignal;
  /** The digest of exactly the bytes that were handed out. */
  #verifier: RunningDigest;
  /** The digest at the last mark. */
  #marked: RunningDigest;
  #reader: ByteReader | undefined;
  /** Incremented by each `close`, which makes pending reads return nothing and change nothing. */
  #turn = 0;
  #where = '';
  #failure: unknown;

  constructor(copy: BlobCopy, signal: AbortSignal) {
    this.#copy = copy;
    this.#signal = signal;
    this.#verifier = runningDigest(copy.descriptor.digest);
    this.#marked = this.#verifier;
  }

  /** The error of the source after its own retries. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Number of bytes handed out or counted as received. */
  get position(): number {
    return this.#verifier.bytes;
  }

  /** Whether all bytes were seen here, so that they are compared with the digest here. */
  get isVerified(): boolean {
    return !(this.#verifier instanceof UnseenStart);
  }

  /** Whether every byte was handed out. */
  get isAtEnd(): boolean {
    return this.#verifier.bytes === this.#copy.descriptor.size;
  }

  /**
   * The next `length` bytes.
   * @throws oci.size-mismatch, oci.digest-mismatch
   */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; ;) {
      const piece = await this.#next(left);
      if (piece === undefined) return;
      left -= piece.byteLength;
      this.#copy.onBytes(piece.byteLength);
      yield piece;
    }
  }

  /** Confirms that the receiver has everything that was handed out. */
  mark(): void {
    this.#marked = this.#verifier.copy();
  }

  /**
   * Continues at `offset`, up to which the receiver has the bytes; if that is before the mark, the blob is read from
   * the beginning.
   */
  async rewind(offset: number): Promise<void> {
    this.close();
    this.#failure = undefined;
    if (offset < this.#marked.bytes) this.#marked = runningDigest(this.#copy.descriptor.digest);
    this.#verifier = this.#marked.copy();
    while (this.#verifier.bytes < offset && (await this.#next(offset - this.#verifier.bytes)) !== undefined) continue;
    this.mark();
    this.#copy.onSeek(offset);
  }

  /**
   * Counts the blob's first bytes, which the receiver already has, instead of reading them from the source. If they are
   * a complete but wrong blob, they do not count.
   */
  async begin(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    this.close();
    this.#verifier = runningDigest(this.#copy.descriptor.digest);
    for await (const chunk of bytes) {
      if (this.#signal.aborted) throw abortError();
      this.#verifier.update(chunk);
    }
    if (this.isAtEnd && !this.#verifier.isRight) this.#verifier = runningDigest(this.#copy.descriptor.digest);
    this.mark();
    this.#copy.onSeek(this.#verifier.bytes);
  }

  /**
   * Skips the blob's first `offset` bytes, which the receiver has from an earlier process. Since they are not read
   * here, only the receiver can verify the blob, until it is read again from the first byte.
   */
  skip(offset: number): void {
    this.close();
    this.#verifier = new UnseenStart(offset);
    this.mark();
    this.#copy.onSeek(offset);
  }

  /** Closes the source. */
  close(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#turn++;
    // Not awaited, because the source may hang.
    reader?.cancel().catch(() => undefined);
  }

  /** At most `most` bytes; undefined at the end. */
  async #next(most: number): Promise<Uint8Array | undefined> {
    const { size } = this.#copy.descriptor;
    if (most === 0 && size > 0) return undefined;
    const turn = this.#turn;
    try {
      const reader = this.#reader ?? (await this.#open());
      if (this.#turn !== turn) {
        reader.cancel().catch(() => undefined);
        return undefined;
      }
      this.#reader = reader;
      const piece = size === 0 ? undefined : await reader.piece(most);
      // Reading a file does not stop on its own when the signal is aborted.
      if (this.#signal.aborted) throw abortError();
      const wait = piece === undefined ? undefined : this.#copy.bandwidth?.spend(piece.byteLength, this.#signal);
      if (wait !== undefined) await wait;
      // A new reader has taken over while this piece was pending.
      if (this.#turn !== turn) return undefined;
      if (piece !== undefined) this.#verifier.update(piece);
      // The source ended early.
      else if (size > 0) throw this.#wrongSize(this.#verifier.bytes);
      if (!this.isAtEnd) return piece;
      // Reading further lets the source overwrite the buffer of this piece.
      const last = piece === undefined ? undefined : Buffer.from(piece);
      await this.#verify(reader);
      return last;
    } catch (error) {
      if (this.#turn === turn) this.#failure = error;
      throw error;
    }
  }

  async #open(): Promise<ByteReader> {
    const { body, where } = await this.#copy.open(this.#signal, this.#verifier.bytes);
    this.#where = where;
    return new ByteReader(body);
  }

  async #verify(reader: ByteReader): Promise<void> {
    const { size } = this.#copy.descriptor;
    if ((await reader.read(1)).byteLength > 0) throw this.#wrongSize(`more than ${size}`);
    this.#verifier.verify(this.#where);
  }

  #wrongSize(got: number | string): Error {
    const { digest, size } = this.#copy.descriptor;
    return ociError('size-mismatch', { digest, got, want: size, where: this.#where });
  }
}

/** The digest of a blob's bytes up to a position. */
interface RunningDigest {
  readonly bytes: number;
  /** Whether the bytes match the expected digest. */
  readonly isRight: boolean;
  update(chunk: Uint8Array): void;
  /** Creates an independent digest over the same bytes. */
  copy(): RunningDigest;
  /** @throws oci.digest-mismatch if the bytes differ from the expected content */
  verify(where: string): void;
}

function runningDigest(expected: Digest): RunningDigest {
  return new DigestVerifier(expected);
}

/** Counts bytes of a blob whose beginning is only known to the receiver, which has to verify the digest. */
class UnseenStart implements RunningDigest {
  readonly isRight = true;
  #bytes: number;

  constructor(bytes: number) {
    this.#bytes = bytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  update(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
  }

  copy(): UnseenStart {
    return new UnseenStart(this.#bytes);
  }

  verify(): void {
    // Nothing to compare: the receiver verifies the digest.
  }
}
