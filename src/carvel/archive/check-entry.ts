import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

import { abortError } from '../../base/errors.ts';
import { readFully } from './scan.ts';
import type { ScannedEntry } from './scan.ts';
import type { VerifiedEntry } from './verification.ts';

const READ_SIZE = 1024 * 1024;
const ZEROS = Buffer.alloc(READ_SIZE);

/**
 * Reads one layer's entry and compares it with the digest that it is named after.
 * @param expectedSize bytes, as a descriptor says; undefined where none is known
 */
export async function checkEntry(
  file: FileHandle,
  entry: ScannedEntry,
  expectedSize: number | undefined,
  path: string,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<Pick<VerifiedEntry, 'status' | 'detail'>> {
  const { name, offset, size, available } = entry;
  const [, algorithm = '', hex = ''] = /^(sha256|sha512)-([0-9a-f]+)/.exec(name) ?? [];
  const hash = createHash(algorithm);
  const chunk = Buffer.allocUnsafe(Math.min(READ_SIZE, available));
  let isZero = available > 0;
  for (let done = 0; done < available;) {
    if (signal.aborted) throw abortError();
    const piece = chunk.subarray(0, Math.min(READ_SIZE, available - done));
    await readFully(file, piece, offset + done, path, name);
    hash.update(piece);
    isZero &&= piece.equals(ZEROS.subarray(0, piece.byteLength));
    done += piece.byteLength;
    onBytes(piece.byteLength);
  }
  const got = hash.digest('hex');
  if (available < size) return { status: 'cut', detail: `the file ends after ${available} of ${size} bytes` };
  if (got === hex && (expectedSize === undefined || size === expectedSize)) return { status: 'ok' };
  if (isZero) return { status: 'zero-filled', detail: 'an export was interrupted before writing it' };
  if (expectedSize !== undefined && size !== expectedSize) {
    return { status: 'wrong-size', detail: `its image says ${expectedSize} bytes` };
  }
  return { status: 'wrong-digest', detail: `it is ${algorithm}:${got}` };
}
