import { invalid, HttpProtocolError } from './http-protocol-error.ts';
import type { SocketReader } from './socket-reader.ts';
import { MAX_DRAINED_BYTES } from '../http/response-body.ts';
import type { HttpBody } from '../http/response-body.ts';

const NOTHING = new Uint8Array(0);
const LF = 0x0a;
const CR = 0x0d;

/** Reads lines and counted bytes from a connection. What it returns is only valid until the next call. */
export class WireReader {
  readonly #input: SocketReader;
  #rest: Uint8Array = NOTHING;

  constructor(input: SocketReader) {
    this.#input = input;
  }

  /** Whether everything received has been read. */
  get isEmpty(): boolean {
    return this.#rest.byteLength === 0 && this.#input.isEmpty;
  }

  /**
   * A line without its CRLF, of at most `most` bytes.
   * @param check is called with what has come of it so far, and throws if that cannot become what is expected
   * @throws HttpProtocolError if it is longer, or does not end with CRLF (RFC 9112, 2.2)
   */
  async line(most: number, check?: (text: string) => void): Promise<string> {
    let before = '';
    for (;;) {
      if (this.#rest.byteLength === 0) this.#rest = await this.#more();
      const end = this.#rest.indexOf(LF);
      const text = Buffer.from(this.#rest.buffer, this.#rest.byteOffset, end < 0 ? this.#rest.byteLength : end + 1);
      if (before.length + text.byteLength > most + 2) throw invalid('a line of its header is too long');
      before += text.toString('latin1');
      this.#rest = this.#rest.subarray(text.byteLength);
      check?.(before);
      if (end < 0) continue;
      if (before.charCodeAt(before.length - 2) !== CR) throw invalid('a line of its header does not end with CRLF');
      return before.slice(0, -2);
    }
  }

  /** The next bytes, at most `most`; undefined if the connection has ended. */
  async piece(most: number): Promise<Uint8Array | undefined> {
    if (this.#rest.byteLength === 0) this.#rest = (await this.#input.next()) ?? NOTHING;
    if (this.#rest.byteLength === 0) return undefined;
    const piece = this.#rest.byteLength <= most ? this.#rest : this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.byteLength);
    return piece;
  }

  async #more(): Promise<Uint8Array> {
    const piece = await this.#input.next();
    if (piece === undefined) throw new HttpProtocolError('WIRE_CLOSED', 'the server closed the connection');
    return piece;
  }
}

/** How a response's body ends (RFC 9112, 6.3); `length` in bytes. */
export type Framing = { readonly length: number } | 'chunked' | 'close';

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

interface WireAnswerOptions {
  /** Whether a piece is only valid until the next one is requested; otherwise each is a copy. */
  readonly zeroCopy: boolean;
  readonly fail: (error: unknown) => Error;
  /** Returns the connection to its pool. */
  readonly release: () => void;
}

/** The body of a response received through our own HTTP/1.1 client. */
export class WireAnswer implements HttpBody {
  readonly #body: WireBody;
  readonly #options: WireAnswerOptions;
  #isReleased = false;

  constructor(body: WireBody, options: WireAnswerOptions) {
    this.#body = body;
    this.#options = options;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    return {
      next: () => this.#next(),
      return: () => {
        this.#release();
        return Promise.resolve({ done: true, value: undefined });
      },
    };
  }

  async discard(): Promise<void> {
    // A short remainder is read so that the connection can be reused; a longer one is cut off.
    try {
      for (let bytes = 0; bytes <= MAX_DRAINED_BYTES;) {
        const piece = await this.#body.next();
        if (piece === undefined) break;
        bytes += piece.byteLength;
      }
    } catch {
      // The body is not needed: how it ends does not matter.
    } finally {
      this.#release();
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#isReleased) return { done: true, value: undefined };
    try {
      const piece = await this.#body.next();
      if (piece !== undefined) return { done: false, value: this.#options.zeroCopy ? piece : Buffer.from(piece) };
    } catch (error) {
      this.#release();
      throw this.#options.fail(error);
    }
    this.#release();
    return { done: true, value: undefined };
  }

  #release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.#options.release();
  }
}
