import type { FileHandle } from 'node:fs/promises';

import { carvelError } from '../errors.ts';
import { paddedSize, parsePax, parseTarHeader, TAR_BLOCK } from '../tar/header.ts';
import type { TarHeader } from '../tar/header.ts';

/** An entry of a tar as its header says it is. */
export interface ScannedEntry {
  readonly name: string;
  /** typeflag of the header: "0" is a regular file */
  readonly type: string;
  /** Where its content begins in the file. Bytes. */
  readonly offset: number;
  /** bytes, as the header says */
  readonly size: number;
  /** Bytes of it that the file really has; fewer than `size` where the file is cut off. Then it is the last entry. */
  readonly available: number;
}

const PAX_LIMIT = 1024 * 1024;

/**
 * The entries of a tar, found by reading nothing but their headers.
 * @throws carvel.archive-unreadable, carvel.archive-not-tar
 */
export async function* scanEntries(file: FileHandle, path: string): AsyncGenerator<ScannedEntry> {
  const stat = await file.stat();
  if (!stat.isFile()) throw carvelError('archive-unreadable', { path, reason: 'it is not a regular file' });
  const block = Buffer.alloc(TAR_BLOCK);
  let pax: PaxValues = {};
  for (let offset = 0; offset < stat.size;) {
    const { bytesRead } = await file.read(block, 0, TAR_BLOCK, offset);
    const header = headerOf(block.subarray(0, bytesRead), path);
    if (header === undefined) return;
    const content = offset + TAR_BLOCK;
    const size = pax.size ?? header.size;
    const name = pax.path ?? header.name;
    pax = {};
    const available = Math.min(size, stat.size - content);
    if (header.type !== 'x') yield { name, type: header.type, offset: content, size, available };
    else if (available === size) pax = await readPax(file, content, size, path);
    // Beyond the file's end where it is cut off.
    offset = content + paddedSize(size);
  }
}

/** @throws carvel.archive-truncated when the file ends before `into` is full */
export async function readFully(
  file: FileHandle,
  into: Buffer,
  offset: number,
  path: string,
  entry: string,
): Promise<void> {
  for (let done = 0; done < into.byteLength;) {
    const { bytesRead } = await file.read(into, done, into.byteLength - done, offset + done);
    if (bytesRead === 0) {
      throw carvelError('archive-truncated', { path, entry, want: into.byteLength, got: done });
    }
    done += bytesRead;
  }
}

/** What the system says, in the words of Go, which imgpkg shows. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'no such file or directory';
  if (error instanceof Error && 'code' in error && error.code === 'EACCES') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}

function headerOf(block: Buffer, path: string): TarHeader | undefined {
  try {
    return parseTarHeader(block);
  } catch (error) {
    const isGzip = block[0] === 0x1f && block[1] === 0x8b;
    const reason = isGzip ? 'it is compressed with gzip; unpack it first' : reasonOf(error);
    throw carvelError('archive-not-tar', { path, reason }, error);
  }
}

/** What a PAX header says of the entry after it. */
interface PaxValues {
  readonly path?: string;
  readonly size?: number;
}

async function readPax(file: FileHandle, offset: number, size: number, archive: string): Promise<PaxValues> {
  if (size > PAX_LIMIT) throw carvelError('archive-not-tar', { path: archive, reason: 'a PAX header is too large' });
  const content = Buffer.alloc(size);
  await readFully(file, content, offset, archive, 'a PAX header');
  let values: ReadonlyMap<string, string>;
  try {
    values = parsePax(content);
  } catch (error) {
    throw carvelError('archive-not-tar', { path: archive, reason: reasonOf(error) }, error);
  }
  const [path, length] = [values.get('path'), values.get('size')];
  if (length !== undefined && !/^\d{1,15}$/.test(length)) {
    throw carvelError('archive-not-tar', { path: archive, reason: 'a PAX header has an impossible size' });
  }
  return { ...(path === undefined ? {} : { path }), ...(length === undefined ? {} : { size: Number(length) }) };
}
