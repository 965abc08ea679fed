import { posix } from 'node:path';

import { ByteReader } from '../../base/byte-reader.ts';
import { paddedSize, parsePax, parseTarHeader, TAR_BLOCK } from './header.ts';

const META_LIMIT = 1024 * 1024;
const MAX_ENTRIES = 1_000_000;

/**
 * Reads one regular file out of a tar that comes as a stream; the first whose cleaned path is `path`. Nothing is extracted
 * and no name becomes a path of ours. The stream is read to its end, so that its digest can be verified.
 * @param limit the most bytes the file may have
 * @returns undefined when the tar has no such file
 * @throws RangeError with a reason when the stream is no tar, ends early, or the file is too large
 */
export async function findFileInTar(
  stream: AsyncIterable<Uint8Array>,
  path: string,
  limit: number,
): Promise<Buffer | undefined> {
  const reader = new ByteReader(stream);
  let next: { name?: string; size?: number } = {};
  for (let entries = 0; entries < MAX_ENTRIES; entries++) {
    const header = parseTarHeader(await reader.read(TAR_BLOCK));
    if (header === undefined) {
      await reader.skip(Number.POSITIVE_INFINITY);
      return undefined;
    }
    if (header.type === 'x' || header.type === 'L') {
      next = { ...next, ...(await readMeta(reader, header.type, header.size)) };
      continue;
    }
    const name = posix.join('/', next.name ?? header.name);
    const size = next.size ?? header.size;
    next = {};
    if (name === posix.join('/', path) && header.type === '0') {
      if (size > limit) throw new RangeError(`${path} has ${size} bytes, more than the ${limit} that are accepted`);
      const content = await reader.read(size);
      if (content.byteLength < size) throw new RangeError(`it ends inside ${path}`);
      await reader.skip(Number.POSITIVE_INFINITY);
      return content;
    }
    const padded = paddedSize(size);
    if ((await reader.skip(padded)) < padded) throw new RangeError('it ends inside an entry');
  }
  throw new RangeError(`it has more than ${MAX_ENTRIES} entries`);
}

async function readMeta(reader: ByteReader, type: string, size: number): Promise<{ name?: string; size?: number }> {
  if (size > META_LIMIT) throw new RangeError('a header is too large');
  const content = (await reader.read(paddedSize(size))).subarray(0, size);
  if (type === 'L') return { name: content.toString('utf8').replace(/\0.*$/s, '') };
  const values = parsePax(content);
  const [name, bytes] = [values.get('path'), values.get('size')];
  return { ...(name === undefined ? {} : { name }), ...(bytes === undefined ? {} : { size: Number(bytes) }) };
}
