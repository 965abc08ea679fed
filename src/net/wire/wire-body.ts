import { invalid, HttpProtocolError } from './http-protocol-error.ts';
import type { SocketReader } from './socket-reader.ts';
import { MAX_DRAINED_BYTES } from '../http/response-body.ts';
import type { HttpBody } from '../http/response-body.ts';

const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;

/** Reads lines and counted bytes from a connection. What it returns is only valid until the next call. */
export class WireReader {
  readonly #input: SocketReader;
  #received: Buffer = NOTHING;
  /** How much of it has been read. */
  #at = 0;

  constructor(input: SocketReader) {
    this.#input = input;
  }

  /** Whether everything received has been read. */
  get isEmpty(): boolean {
    return this.#at === this.#received.byteLength && this.#input.isEmpty;
  }

  /**
   * A line without its CRLF, of at most `most` bytes.
   * @param check is called with what has come of it so far, and throws if that cannot become what is expected
   * @throws HttpProtocolError if it is longer, or does not end with CRLF (RFC 9112, 2.2)
   */
  async line(most: number, check?: (text: string) => void): Promise<string> {
    let before = '';
    for (;;) {
      if (this.#at === this.#received.byteLength) await this.#more();
      const lineFeed = this.#received.indexOf(LF, this.#at);
      const end = lineFeed < 0 ? this.#received.byteLength : lineFeed + 1;
      if (before.length + end - this.#at > most + 2) throw tooLong();
      before += this.#received.toString('latin1', this.#at, end);
      this.#at = end;
      check?.(before);
      if (lineFeed < 0) continue;
      if (before.charCodeAt(before.length - 2) !== CR) throw noEnd();
      return before.slice(0, -2);
    }
  }

  /** Like `line`, if the whole line has been received already; otherwise undefined. */
  lineNow(most: number): string | undefined {
    const [start, lineFeed] = [this.#at, this.#received.indexOf(LF, this.#at)];
    if (lineFeed < 0) return undefined;
    if (lineFeed + 1 - start > most + 2) throw tooLong();
    if (lineFeed === start || this.#received[lineFeed - 1] !== CR) throw noEnd();
    this.#at = lineFeed + 1;
    return this.#received.toString('latin1', start, lineFeed - 1);
  }

  /** The next bytes, at most `most`; undefined if the connection has ended. */
  async piece(most: number): Promise<Uint8Array | undefined> {
    if (this.#at === this.#received.byteLength) {
      [this.#received, this.#at] = [(await this.#input.next()) ?? NOTHING, 0];
    }
    const start = this.#at;
    this.#at = Math.min(start + most, this.#received.byteLength);
    return this.#at === start ? undefined : this.#received.subarray(start, this.#at);
  }

  async #more(): Promise<void> {
    const piece = await this.#input.next();
    if (piece === undefined) throw new HttpProtocolError('WIRE_CLOSED', 'the server closed the connection');
    [this.#received, this.#at] = [piece, 0];
  }
}

function tooLong(): HttpProtocolError {
  return invalid('a line of its header is too long');
}

function noEnd(): HttpProtocolError {
  return invalid('a line of its header does not end with CRLF');
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
