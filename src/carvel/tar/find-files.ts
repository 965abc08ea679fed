import { TarReader } from './tar-reader.ts';

export interface FileLimits {
  /** Maximum size of one file in bytes. */
  readonly file: number;
  /** Maximum size of all requested files in bytes. */
  readonly total: number;
}

/**
 * Reads a regular file from a tar stream: the first whose cleaned path is `path`. Nothing is extracted, and the stream
 * is read to its end.
 * @param limit maximum size of the file in bytes
 * @returns undefined if the tar has no such file
 * @throws RangeError with a reason if the stream is not a tar, ends early, or the file is too large
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

/** Whether a tar has a regular file below the folder `name`. */
export async function hasFolderInTar(stream: AsyncIterable<Uint8Array>, name: string): Promise<boolean> {
  const tar = new TarReader(stream);
  for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) {
    if (entry.isFile && entry.path.startsWith(`/${name}/`)) return true;
  }
  return false;
}

/**
 * Reads all regular files with a requested cleaned path; of duplicates the last counts, as when unpacking.
 * @throws RangeError as findFileInTar, and if the files are too large together
 */
export async function findFilesInTar(
  stream: AsyncIterable<Uint8Array>,
  isRequested: (path: string, size: number) => boolean,
  limits: FileLimits,
): Promise<Map<string, Buffer>> {
  const tar = new TarReader(stream);
  const files = new Map<string, Buffer>();
  let total = 0;
  for (let entry = await tar.next(); entry !== undefined; entry = await tar.next()) {
    const path = entry.path.slice(1);
    if (!entry.isFile || !isRequested(path, entry.size)) continue;
    total += entry.size;
    if (total > limits.total) throw new RangeError(`its files exceed the limit of ${limits.total} bytes`);
    files.set(path, await tar.content(limits.file));
  }
  await tar.drain();
  return files;
}
