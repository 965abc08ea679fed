import { openUnfinished } from './volume-writer.ts';
import type { ArchiveFile } from './volumes.ts';

const READ_SIZE = 1024 * 1024;

/** Yields `length` bytes of a file from `offset`; fewer if the file ends earlier. */
export async function* readRegion(file: ArchiveFile, offset: number, length: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < length;) {
    const chunk = Buffer.allocUnsafe(Math.min(READ_SIZE, length - done));
    const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, offset + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield chunk.subarray(0, bytesRead);
  }
}

/** Like readRegion, for a file, or a folder of unfinished volumes, that is opened for this purpose. */
export async function* readRegionOf(path: string, offset: number, length: number): AsyncGenerator<Uint8Array> {
  const file = await openUnfinished(path);
  try {
    yield* readRegion(file, offset, length);
  } finally {
    await file.close();
  }
}
