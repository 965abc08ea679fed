import { posix } from 'node:path';

import { ByteReader } from '../../base/byte-reader.ts';
import { ExtendedHeaders, paddedSize, parseTarHeader, TAR_BLOCK } from './header.ts';

const MAX_ENTRIES = 1_000_000;

export interface TarEntry {
  /** Cleaned and absolute, so that `./a`, `a` and `b/../a` are the same; never used as a file path. */
  readonly path: string;
  readonly isFile: boolean;
  /** See TarHeader. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * Reads a tar stream entry by entry and skips unread content. Its methods throw a RangeError with a reason if the
 * stream is not a tar or ends early.
 */
export class TarReader {
  readonly #reader: ByteReader;
  #left = 0;
  #current: TarEntry | undefined;
  #entries = 0;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#reader = new ByteReader(stream);
  }

  /** Undefined at the end of the tar. */
  async next(): Promise<TarEntry | undefined> {
    const extended = new ExtendedHeaders();
    await this.#skipRest();
    for (;;) {
      if (this.#entries++ >= MAX_ENTRIES) throw new RangeError(`it has more than ${MAX_ENTRIES} entries`);
      const header = parseTarHeader(await this.#reader.read(TAR_BLOCK));
      if (header === undefined) return undefined;
      if (ExtendedHeaders.isOne(header)) {
        extended.add(header, (await this.#reader.read(paddedSize(header.size))).subarray(0, header.size));
        continue;
      }
      const { name, type, size, mode } = extended.complete(header);
      this.#left = paddedSize(size);
      this.#current = { path: posix.join('/', name), isFile: type === '0', type, size, mode };
      return this.#current;
    }
  }

  /**
   * The content of the current entry.
   * @param limit maximum size in bytes
   */
  async content(limit: number): Promise<Buffer> {
    const { path, size } = this.#current ?? { path: '', size: 0 };
    const name = path.slice(1);
    if (size > limit) throw new RangeError(`${name} has ${size} bytes, more than the ${limit} that are accepted`);
    const content = await this.#reader.read(size);
    this.#left -= size;
    if (content.byteLength < size) throw new RangeError(`it ends inside ${name}`);
    return content;
  }

  /** Reads the stream to its end, so that its digest can be verified. */
  async drain(): Promise<void> {
    await this.#reader.skip(Number.POSITIVE_INFINITY);
  }

  async #skipRest(): Promise<void> {
    const left = this.#left;
    this.#left = 0;
    if ((await this.#reader.skip(left)) < left) throw new RangeError('it ends inside an entry');
  }
}
