import { open, rename, rm, statfs } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Digest } from '../../oci/digest.ts';
import { carvelError } from '../errors.ts';
import { formatTarHeader, paddedSize, TAR_BLOCK } from '../tar/header.ts';
import { formatEntryHeader } from '../tar/pax.ts';
import { layerEntryName } from './names.ts';

export interface ArchiveLayer {
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
}

/** Where things go, in bytes from the file's start. */
interface Layout {
  readonly layers: ReadonlyMap<
    Digest,
    { readonly header: Buffer; readonly headerOffset: number; readonly size: number }
  >;
  readonly trailer: number;
}

const MODE = 0o644;

/**
 * Writes an archive as imgpkg does: manifest.json, then each layer under its digest, in the order of the digests. Every
 * place is known before the first byte, so layers are written side by side. The file has its name only when it is whole:
 * until then it is `<name>.partial`.
 */
export class ArchiveWriter {
  readonly path: string;
  readonly #file: FileHandle;
  readonly #layout: Layout;

  private constructor(path: string, file: FileHandle, layout: Layout) {
    this.path = path;
    this.#file = file;
    this.#layout = layout;
  }

  /** Bytes that an archive will have. */
  static sizeOf(manifest: Buffer, layers: readonly ArchiveLayer[]): number {
    return layOut(manifest, layers).trailer + 2 * TAR_BLOCK;
  }

  /** @throws carvel.disk-full before anything is written, carvel.archive-unwritable, carvel.archive-busy */
  static async create(path: string, manifest: Buffer, layers: readonly ArchiveLayer[]): Promise<ArchiveWriter> {
    const layout = layOut(manifest, layers);
    await checkSpace(path, layout.trailer + 2 * TAR_BLOCK);
    const file = await open(partialName(path), 'wx', MODE).catch((error: unknown) => {
      throw unwritable(path, error);
    });
    const writer = new ArchiveWriter(path, file, layout);
    try {
      const header = formatTarHeader({ name: 'manifest.json', type: '0', mode: MODE, size: manifest.byteLength });
      await writer.#write(Buffer.concat([header, manifest]), 0);
      return writer;
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  /** Writes one layer, whose bytes have been verified when the stream ends. Begun again, it starts from its beginning. */
  async writeLayer(digest: Digest, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const place = this.#layout.layers.get(digest);
    if (place === undefined) throw new Error(`The archive has no place for ${digest}.`);
    await this.#write(place.header, place.headerOffset);
    let offset = place.headerOffset + place.header.byteLength;
    for await (const chunk of bytes) {
      await this.#write(chunk, offset);
      offset += chunk.byteLength;
    }
  }

  /** Everything is there: ends the tar, makes it durable, and gives it its name. */
  async finish(): Promise<void> {
    await this.#write(Buffer.alloc(2 * TAR_BLOCK), this.#layout.trailer);
    await this.#file.sync();
    await this.#file.close();
    await rename(partialName(this.path), this.path);
    await syncFolder(dirname(this.path));
  }

  /** Gives up what is not finished. */
  async discard(): Promise<void> {
    await this.#file.close();
    await rm(partialName(this.path), { force: true });
  }

  async #write(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.byteLength;) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.byteLength - done, offset + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw unwritable(this.path, error);
    }
  }
}

export function partialName(path: string): string {
  return `${path}.partial`;
}

function layOut(manifest: Buffer, layers: readonly ArchiveLayer[]): Layout {
  const sorted = [...layers].sort((a, b) => (a.digest < b.digest ? -1 : 1));
  const places = new Map<Digest, { header: Buffer; headerOffset: number; size: number }>();
  let offset = TAR_BLOCK + paddedSize(manifest.byteLength);
  for (const { digest, size } of sorted) {
    const header = formatEntryHeader({ name: layerEntryName(digest), type: '0', mode: MODE, size });
    places.set(digest, { header, headerOffset: offset, size });
    offset += header.byteLength + paddedSize(size);
  }
  return { layers: places, trailer: offset };
}

async function checkSpace(path: string, needed: number): Promise<void> {
  let free: number;
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    free = bavail * bsize;
  } catch (error) {
    throw unwritable(path, error);
  }
  if (free < needed) throw carvelError('disk-full', { path, needed, free });
}

/** So that the name itself survives a power cut; file systems that can't do that are left alone. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // Windows has no such thing as a synced folder.
  }
}

function unwritable(path: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') return carvelError('archive-busy', { path, partial: partialName(path) }, error);
  if (code === 'ENOSPC') return carvelError('disk-full-now', { path }, error);
  const reason =
    code === 'ENOENT' ? 'the folder does not exist' : error instanceof Error ? error.message : String(error);
  return carvelError('archive-unwritable', { path, reason }, error);
}
