import { posix } from 'node:path';

import { ByteReader } from '../../base/byte-reader.ts';
import { paddedSize, parsePax, parseTarHeader, TAR_BLOCK } from './header.ts';

const META_LIMIT = 1024 * 1024;
const MAX_ENTRIES = 1_000_000;

export interface TarEntry {
  /** Cleaned and absolute, so that `./a`, `a` and `b/../a` are one; never a path of ours. */
  readonly path: string;
  readonly isFile: boolean;
  /** bytes */
  readonly size: number;
}

/**
 * Reads a tar that comes as a stream, entry by entry; what nobody wants of an entry is skipped.
 * Its methods throw a RangeError with a reason when the stream is no tar, or ends early.
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
    let meta: { name?: string; size?: number } = {};
    await this.#skipRest();
    for (;;) {
      if (this.#entries++ >= MAX_ENTRIES) throw new RangeError(`it has more than ${MAX_ENTRIES} entries`);
      const header = parseTarHeader(await this.#reader.read(TAR_BLOCK));
      if (header === undefined) return undefined;
      if (header.type === 'x' || header.type === 'L') {
        meta = { ...meta, ...(await this.#readMeta(header.type, header.size)) };
        continue;
      }
      const size = meta.size ?? header.size;
      this.#left = paddedSize(size);
      this.#current = { path: posix.join('/', meta.name ?? header.name), isFile: header.type === '0', size };
      return this.#current;
    }
  }

  /**
   * The content of the entry that `next` gave last.
   * @param limit the most bytes it may have
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

  /** Reads the stream to its end, so that whoever verifies its digest gets all of it. */
  async drain(): Promise<void> {
    await this.#reader.skip(Number.POSITIVE_INFINITY);
  }

  async #skipRest(): Promise<void> {
    const left = this.#left;
    this.#left = 0;
    if ((await this.#reader.skip(left)) < left) throw new RangeError('it ends inside an entry');
  }

  async #readMeta(type: string, size: number): Promise<{ name?: string; size?: number }> {
    if (size > META_LIMIT) throw new RangeError('a header is too large');
    const content = (await this.#reader.read(paddedSize(size))).subarray(0, size);
    if (type === 'L') return { name: content.toString('utf8').replace(/\0.*$/s, '') };
    const values = parsePax(content);
    const [name, bytes] = [values.get('path'), values.get('size')];
    return { ...(name === undefined ? {} : { name }), ...(bytes === undefined ? {} : { size: Number(bytes) }) };
  }
}
