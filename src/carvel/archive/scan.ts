import { AirgapError } from '../../base/errors.ts';
import { carvelError } from '../errors.ts';
import { ExtendedHeaders, paddedSize, parseTarHeader, TAR_BLOCK } from '../tar/header.ts';
import type { TarHeader } from '../tar/header.ts';
import type { ArchiveFile } from './volumes.ts';

/** An entry as described by its tar header. */
export interface ScannedEntry {
  readonly name: string;
  /** Type flag of the header; "0" is a regular file. */
  readonly type: string;
  /** Offset of the content in the file. */
  readonly offset: number;
  /** Size in the header, in bytes. */
  readonly size: number;
  /** Bytes that the file contains; fewer than `size` only for the last entry of a truncated file. */
  readonly available: number;
}

/**
 * Lists the entries of a tar by reading only their headers.
 * @throws carvel.archive-unreadable, carvel.archive-not-tar, carvel.archive-compressed
 */
export async function* scanEntries(file: ArchiveFile, path: string): AsyncGenerator<ScannedEntry> {
  const stat = await file.stat();
  if (!stat.isFile()) throw carvelError('archive-unreadable', { path, reason: 'it is not a regular file' });
  const block = Buffer.alloc(TAR_BLOCK);
  const extended = new ExtendedHeaders();
  for (let offset = 0; offset < stat.size;) {
    const { bytesRead } = await file.read(block, 0, TAR_BLOCK, offset);
    const own = headerOf(block.subarray(0, bytesRead), path);
    if (own === undefined) return;
    const content = offset + TAR_BLOCK;
    const isExtended = understood(path, () => ExtendedHeaders.isOne(own));
    const { name, type, size } = isExtended ? own : extended.complete(own);
    const available = Math.max(0, Math.min(size, stat.size - content));
    if (!isExtended) yield { name, type, offset: content, size, available };
    else if (available === size) {
      const bytes = Buffer.alloc(size);
      await readFully(file, bytes, content, path, 'an extended header');
      understood(path, () => extended.add(own, bytes));
    }
    // Past the end of a truncated file.
    offset = content + paddedSize(size);
  }
}

/** @throws carvel.archive-truncated if the file ends before `into` is full */
export async function readFully(
  file: ArchiveFile,
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

/** The system's message in Go's wording, which imgpkg prints. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'no such file or directory';
  if (error instanceof Error && 'code' in error && error.code === 'EACCES') return 'permission denied';
  return error instanceof Error ? error.message : String(error);
}

/** Compression formats by their magic numbers, with a program that unpacks them. */
const COMPRESSED: readonly (readonly [format: string, unpacker: string, magic: Buffer])[] = [
  ['gzip', 'gunzip', Buffer.from([0x1f, 0x8b])],
  ['zstd', 'unzstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
  ['xz', 'unxz', Buffer.from('\xfd7zXZ\0', 'latin1')],
  ['bzip2', 'bunzip2', Buffer.from('BZh')],
  ['zip', 'unzip', Buffer.from('PK\x03\x04', 'latin1')],
];

function headerOf(block: Buffer, path: string): TarHeader | undefined {
  return understood(path, () => {
    try {
      return parseTarHeader(block);
    } catch (error) {
      const found = COMPRESSED.find(([, , magic]) => block.subarray(0, magic.byteLength).equals(magic));
      if (found === undefined) throw error;
      const [format, unpacker] = found;
      throw carvelError('archive-compressed', { path, format, unpacker }, error);
    }
  });
}

function understood<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof AirgapError) throw error;
    throw carvelError('archive-not-tar', { path, reason: reasonOf(error) }, error);
  }
}

const READ_SIZE = 1024 * 1024;

/**
 * Reads an entry of an archive from a position of its content to its end.
 * @param entry `zeroCopy`: each piece is only valid until the next one is requested, because they share a buffer. New ones
 * cost more CPU time than reading them: the garbage collector has to look for the old ones.
 * @throws carvel.archive-truncated if the file ends earlier
 */
export async function* readPieces(
  file: ArchiveFile,
  entry: { readonly offset: number; readonly size: number; readonly begin: number; readonly zeroCopy: boolean },
  path: string,
  name: string,
): AsyncGenerator<Uint8Array> {
  let buffer: Buffer | undefined;
  for (let done = entry.begin; done < entry.size;) {
    const length = Math.min(READ_SIZE, entry.size - done);
    buffer = entry.zeroCopy && buffer !== undefined ? buffer.subarray(0, length) : Buffer.allocUnsafe(length);
    await readFully(file, buffer, entry.offset + done, path, name);
    done += length;
    yield buffer;
  }
}
