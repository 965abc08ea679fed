import { ByteReader } from '../base/byte-reader.ts';
import { abortError } from '../base/errors.ts';
import { ociError } from '../oci/errors.ts';
import { DigestVerifier } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import type { BlobCopy } from './blob-copy.ts';

/**
 * A blob's bytes in order, size and digest compared as a whole. The last piece is held back until all are verified, so that
 * no receiver ever has the whole of a wrong blob. What was taken can be taken again from the last mark on, with the digest
 * still over the whole.
 */
export class VerifiedBytes {
  readonly #copy: BlobCopy;
  readonly #signal: AbortSignal;
  /** Has seen exactly the bytes that were handed out. */
  #verifier: RunningDigest;
  /** As it was at the place to which one can go back. */
  #marked: RunningDigest;
  #reader: ByteReader | undefined;
  /** Changes with each `close`: who asked before gets nothing more, and changes nothing. */
  #turn = 0;
  #where = '';
  #failure: unknown;

  constructor(copy: BlobCopy, signal: AbortSignal) {
    this.#copy = copy;
    this.#signal = signal;
    this.#verifier = runningDigest(copy.descriptor.digest);
    this.#marked = this.#verifier;
  }

  /** What the source failed of, although it was tried again there. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Bytes that have been handed out, or count. */
  get position(): number {
    return this.#verifier.bytes;
  }

  /** Whether what was handed out is compared with the digest here, since all of it was seen here. */
  get isVerified(): boolean {
    return !(this.#verifier instanceof UnseenStart);
  }

  /** Whether every byte has been handed out. */
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

  /** The receiver has all that was handed out. */
  mark(): void {
    this.#marked = this.#verifier.copy();
  }

  /** Goes on from `offset`, up to which the receiver has it; from a place before the mark all is read again. */
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
   * The receiver has the blob's first bytes, and these are they: they count without being read at the source. Where they
   * are the whole of it, but another one, nothing counts.
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
   * The receiver has the blob's first `offset` bytes from an earlier process. They are not read again, so nothing is verified
   * here: the receiver has to, until all is read again from the first byte.
   */
  skip(offset: number): void {
    this.close();
    this.#verifier = new UnseenStart(offset);
    this.mark();
    this.#copy.onSeek(offset);
  }

  /** Lets go of the source. */
  close(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    this.#turn++;
    // A source that hangs is not waited for.
    reader?.cancel().catch(() => undefined);
  }

  /** What comes next, `most` bytes at the most; undefined at the end of what is to come. */
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
      // A file that is read does not end by itself when the signal comes.
      if (this.#signal.aborted) throw abortError();
      const wait = piece === undefined ? undefined : this.#copy.bandwidth?.spend(piece.byteLength, this.#signal);
      if (wait !== undefined) await wait;
      // This piece came too late, and somebody else reads now.
      if (this.#turn !== turn) return undefined;
      if (piece !== undefined) this.#verifier.update(piece);
      // Fewer than asked for: the source has ended.
      else if (size > 0) throw this.#wrongSize(this.#verifier.bytes);
      if (!this.isAtEnd) return piece;
      // To look for more ends the loan of this piece, and its memory is filled anew.
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

/** What has been seen of a blob, from its first byte on. */
interface RunningDigest {
  readonly bytes: number;
  /** Whether what was seen is what was expected. */
  readonly isRight: boolean;
  update(chunk: Uint8Array): void;
  /** Another one that has seen the same bytes. */
  copy(): RunningDigest;
  /** @throws oci.digest-mismatch when what was seen is something else */
  verify(where: string): void;
}

function runningDigest(expected: Digest): RunningDigest {
  return new DigestVerifier(expected);
}

/**
 * Of a blob whose first bytes somebody else has, and were not seen here: these only count. Whoever has them compares the
 * digest, and whoever trusts in that asks for its word.
 */
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
    // There is nothing here that it could be compared with.
  }
}
