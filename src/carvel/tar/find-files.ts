import { TarReader } from './tar-reader.ts';

export interface FileLimits {
  /** The most bytes of one file. */
  readonly file: number;
  /** The most bytes of all that are wanted. */
  readonly total: number;
}

/**
 * Reads one regular file out of a tar that comes as a stream; the first whose cleaned path is `path`. Nothing is extracted.
 * The stream is read to its end.
 * @param limit the most bytes the file may have
 * @returns undefined when the tar has no such file
 * @throws RangeError with a reason when the stream is no tar, ends early, or the file is too large
 */
export async function findFileInTar(
  stream: AsyncIterable<Uint8Array>,
  path: string,
  limit: number,
): Promise<Buffer | undefined> {
  const tar = new TarReader(stream);
  let entry = await tar.next();
  while (entry !== undefined && !(entry.isFile && entry.path === `/${path}`)) entry = await tar.next();
  const content = entry === undefined ? undefined : await tar.content(limit);
  await tar.drain();
  return content;
}

/**
 * Reads all regular files whose cleaned path is wanted; of two with one path the last counts, as when a tar is unpacked.
 * @throws RangeError as above, and when they are too large together
 */
export async function findFilesInTar(
  stream: AsyncIterable<Uint8Array>,
  wants: (path: string, size: number) => boolean,
  limits: FileLimits,
): Promise<Map<string, Buffer>> {
  const tar = new TarReader(stream);
  const files = new Map<string, Buffer>();
  let total = 0;
  for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) {
    const path = entry.path.slice(1);
    if (!entry.isFile || !wants(path, entry.size)) continue;
    total += entry.size;
    if (total > limits.total) throw new RangeError(`its files exceed the limit of ${limits.total} bytes`);
    files.set(path, await tar.content(limits.file));
  }
  await tar.drain();
  return files;
}
