import type { SocketReader } from './socket-reader.ts';
import { invalid, HttpProtocolError } from './http-protocol-error.ts';

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
   * @throws HttpProtocolError if it is longer, or does not end with CRLF (RFC 9112, 2.2)
   */
  async line(most: number): Promise<string> {
    let before = '';
    for (;;) {
      if (this.#rest.byteLength === 0) this.#rest = await this.#more();
      const end = this.#rest.indexOf(LF);
      const text = Buffer.from(this.#rest.buffer, this.#rest.byteOffset, end < 0 ? this.#rest.byteLength : end + 1);
      if (before.length + text.byteLength > most + 2) throw invalid('a line of its header is too long');
      before += text.toString('latin1');
      this.#rest = this.#rest.subarray(text.byteLength);
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
