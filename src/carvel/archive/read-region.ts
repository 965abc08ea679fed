import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

const READ_SIZE = 1024 * 1024;

/** Yields `length` bytes of a file from `offset`; fewer if the file ends earlier. */
export async function* readRegion(file: FileHandle, offset: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length;) {
    const chunk = Buffer.allocUnsafe(Math.min(READ_SIZE, length - done));
    const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, offset + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

/** Like readRegion, for a file that is opened for this purpose. */
export async function* readRegionOf(path: string, offset: number, length: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, 'r');
  try {
    yield* readRegion(file, offset, length);
  } finally {
    await file.close();
  }
}
