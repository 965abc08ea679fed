const NOTHING = new Uint8Array(0);

/** Reads a stream of chunks by counted bytes. Not for two readers at once. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = NOTHING;
  #hasEnded = false;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Whether a read found the stream's end. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Exactly `length` bytes; fewer only at the stream's end. */
  async read(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    // A part may be lent: it is its reader's only until the next one is asked for.
    for await (const part of this.take(length)) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  }

  /** Drops bytes; returns how many there were to drop. */
  async skip(length: number): Promise<number> {
    let skipped = 0;
    for await (const part of this.take(length)) skipped += part.byteLength;
    return skipped;
  }

  /** The next `length` bytes as they come. What follows stays for the next call. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      const part = await this.piece(left);
      if (part === undefined) return;
      left -= part.byteLength;
      yield part;
    }
  }

  /** What comes next, `most` bytes at the most; undefined at the stream's end. */
  async piece(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.byteLength === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#hasEnded = true;
        return undefined;
      }
      this.#rest = next.value;
    }
    const rest = this.#rest;
    this.#rest = rest.byteLength <= most ? NOTHING : rest.subarray(most);
    return rest.byteLength <= most ? rest : rest.subarray(0, most);
  }

  /** Gives the stream up. */
  async cancel(): Promise<void> {
    await this.#chunks.return?.();
  }
}
