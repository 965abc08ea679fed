const NOTHING = new Uint8Array(0);

/** Reads a stream of chunks by byte counts. Only for a single reader at a time. */
export class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = NOTHING;
  #hasEnded = false;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Whether a read has reached the end of the stream. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Reads exactly `length` bytes; fewer only at the end of the stream. */
  async read(length: number): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    // Copied, because a chunk's buffer may be reused once the next chunk is requested.
    for await (const part of this.take(length)) parts.push(Buffer.from(part));
    return Buffer.concat(parts);
  }

  /** Skips bytes and returns how many there were. */
  async skip(length: number): Promise<number> {
    let skipped = 0;
    for await (const part of this.take(length)) skipped += part.byteLength;
    return skipped;
  }

  /** Yields the next `length` bytes as they arrive; the rest stays for the next call. */
  async *take(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0;) {
      const part = await this.piece(left);
      if (part === undefined) return;
      left -= part.byteLength;
      yield part;
    }
  }

  /** The next chunk of at most `most` bytes; undefined at the end of the stream. */
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

  /** Cancels the stream. */
  async cancel(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/** Bytes that are in memory, as a stream. */
export async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}
