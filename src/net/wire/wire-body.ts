import type { Framing } from './response-head.ts';
import { invalid, HttpProtocolError } from './http-protocol-error.ts';
import type { WireReader } from './wire-reader.ts';

/** Limits for a line with a chunk's size, and for all trailers together; bytes. */
const CHUNK_LINE = 1024;
const TRAILERS = 16 * 1024;

/** Reads one response's body by its framing (RFC 9112, 6 and 7). */
export class WireBody {
  readonly #reader: WireReader;
  #left: number;
  readonly #framing: Framing;
  /** Chunked: whether the CRLF of a previous chunk is still to be read. */
  #isWithin = false;
  #isOver = false;

  constructor(reader: WireReader, framing: Framing) {
    this.#reader = reader;
    this.#framing = framing;
    this.#left = typeof framing === 'object' ? framing.length : 0;
    this.#isOver = typeof framing === 'object' && framing.length === 0;
  }

  /** Whether it has been read to its end. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * The next piece, only valid until the next call; undefined at the end.
   * @throws HttpProtocolError if it ends too early
   */
  async next(): Promise<Uint8Array | undefined> {
    if (this.#framing === 'chunked' && this.#left === 0 && !this.#isOver) await this.#startChunk();
    if (this.#isOver) return undefined;
    const isCounted = this.#framing !== 'close';
    const piece = await this.#reader.piece(isCounted ? this.#left : Number.POSITIVE_INFINITY);
    if (piece === undefined) {
      if (isCounted)
        throw new HttpProtocolError('WIRE_CLOSED', 'the server closed the connection in the middle of a response');
      this.#isOver = true;
      return undefined;
    }
    if (!isCounted) return piece;
    this.#left -= piece.byteLength;
    this.#isOver = this.#left === 0 && this.#framing !== 'chunked';
    return piece;
  }

  async #startChunk(): Promise<void> {
    if (this.#isWithin && (await this.#reader.line(0)) !== '') throw invalid('a chunk is longer than its size');
    this.#isWithin = true;
    // Some servers pad the length with zeros.
    const size = /^0*([0-9a-fA-F]{1,13})[ \t]*(?:;.*)?$/.exec(await this.#reader.line(CHUNK_LINE))?.[1];
    if (size === undefined) throw invalid('a chunk has no valid size');
    this.#left = Number.parseInt(size, 16);
    if (this.#left > 0) return;
    for (let left = TRAILERS; ;) {
      const line = await this.#reader.line(left);
      if (line === '') break;
      left -= line.length;
    }
    this.#isOver = true;
  }
}
