import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { copyFile, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { constants } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { isAbort } from '../../base/errors.ts';
import { defined } from '../../base/json.ts';
import { checkFolder, findOutput, takeOver, writingReason } from '../../base/output-file.ts';
import type { Digest } from '../../oci/digest.ts';
import { carvelError } from '../errors.ts';
import { TAR_BLOCK } from '../tar/header.ts';
import { MODE } from './layout.ts';
import type { ArchiveLayout, LayerPlace } from './layout.ts';
import { readRegion } from './read-region.ts';
import { createVolumes, finishVolumes, openUnfinished, reopenVolumes } from './volume-writer.ts';
import type { PlannedVolume } from './volume-writer.ts';
import { volumesOf } from './volumes.ts';
import type { ArchiveFile, Volume } from './volumes.ts';
import { WriteBack } from './write-back.ts';

/** Without the first files, which take many megabytes and are only written once. */
type PlacesOfArchive = Omit<ArchiveLayout, 'head'>;

/**
 * Writes an archive as imgpkg does. All positions are known up front, so layers are written concurrently. The file is
 * called `<name>.partial` until it is complete.
 */
export class ArchiveWriter {
  readonly path: string;
  readonly layout: PlacesOfArchive;
  readonly #file: ArchiveFile;
  readonly #writeBack: WriteBack;

  private constructor(path: string, file: ArchiveFile, layout: PlacesOfArchive) {
    this.path = path;
    this.#file = file;
    this.#writeBack = new WriteBack(file);
    this.layout = layout;
  }

  /** @throws carvel.disk-full before anything is written, carvel.archive-unwritable, carvel.archive-busy */
  static async create(path: string, layout: ArchiveLayout): Promise<ArchiveWriter> {
    await checkSpace(path, layout.size);
    const volumes = plannedVolumes(path, layout);
    const creating =
      volumes === undefined ? open(partialName(path), 'wx+', MODE) : createVolumes(partialName(path), volumes, MODE);
    const file = await creating.catch((error: unknown) => {
      throw unwritable(path, error);
    });
    const writer = new ArchiveWriter(path, file, withoutHead(layout));
    try {
      await writer.#writeHead(layout);
      return writer;
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  /**
   * Continues an unfinished archive with the same layout.
   * @throws carvel.disk-full, carvel.archive-unwritable
   */
  static async reopen(path: string, layout: ArchiveLayout): Promise<ArchiveWriter> {
    const volumes = plannedVolumes(path, layout);
    const opening =
      volumes === undefined ? open(partialName(path), 'r+') : reopenVolumes(partialName(path), volumes, MODE);
    const file = await opening.catch((error: unknown) => {
      throw unwritable(path, error);
    });
    try {
      await checkSpace(path, layout.size - (await onDisk(file)));
      const writer = new ArchiveWriter(path, file, withoutHead(layout));
      // Whatever ended the last attempt may have ended it before these were written.
      await writer.#writeHead(layout);
      for (const { header, headerOffset } of layout.layers.values()) await writer.#write(header(), headerOffset);
      return writer;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  placeOf(digest: Digest): LayerPlace {
    const place = this.layout.layers.get(digest);
    if (place === undefined) throw new Error(`The archive has no place for ${digest}.`);
    return place;
  }

  /**
   * Writes a layer from its byte `from` on; the stream verifies the bytes by its end. A second call overwrites from
   * there.
   * @param onWritten receives the number of the layer's bytes in the file
   */
  async writeLayer(
    digest: Digest,
    from: number,
    bytes: AsyncIterable<Uint8Array>,
    onWritten: (bytes: number) => void,
  ): Promise<void> {
    const { header, headerOffset, offset } = this.placeOf(digest);
    await this.#write(header(), headerOffset);
    let written = from;
    for await (const chunk of bytes) {
      await this.#write(chunk, offset + written);
      written += chunk.byteLength;
      onWritten(written);
    }
  }

  /** The first bytes of a layer in the file, which the reader must verify. */
  readLayer(digest: Digest, length: number): AsyncGenerator<Uint8Array> {
    return readRegion(this.#file, this.placeOf(digest).offset, length);
  }

  /**
   * Completes the tar, syncs it to disk and gives it its final name.
   * @returns the volumes of a set
   */
  async finish(signal: AbortSignal): Promise<readonly Volume[] | undefined> {
    const volumes = plannedVolumes(this.path, this.layout);
    let finished: readonly Volume[] | undefined;
    await this.#write(Buffer.alloc(2 * TAR_BLOCK), this.layout.trailer);
    try {
      // Some disks only report here that they had no space for earlier writes.
      await this.#writeBack.finish();
      await this.#file.close();
      if (volumes === undefined) await replaceFile(partialName(this.path), this.path);
      else finished = await finishVolumes(partialName(this.path), this.path, volumes, signal);
    } catch (error) {
      if (isAbort(error)) throw error;
      throw unwritable(this.path, error);
    }
    await syncFolder(dirname(this.path));
    return finished;
  }

  /** Closes the file and keeps it unfinished. */
  async close(): Promise<void> {
    await this.#writeBack.settle();
    await this.#file.close();
  }

  /** Deletes the unfinished file. */
  async discard(): Promise<void> {
    await this.close();
    await rm(partialName(this.path), { recursive: true, force: true });
  }

  async #writeHead({ head }: ArchiveLayout): Promise<void> {
    let offset = 0;
    for (const piece of head) {
      await this.#write(piece, offset);
      offset += piece.byteLength;
    }
  }

  async #write(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      for (let done = 0; done < bytes.byteLength;) {
        const { bytesWritten } = await this.#file.write(bytes, done, bytes.byteLength - done, offset + done);
        done += bytesWritten;
      }
      this.#writeBack.add(bytes.byteLength);
    } catch (error) {
      throw unwritable(this.path, error, Math.max(0, this.layout.size - (await onDisk(this.#file))));
    }
  }
}

function withoutHead({ id, layers, trailer, size, volumeSize }: ArchiveLayout): PlacesOfArchive {
  return { id, layers, trailer, size, ...defined({ volumeSize }) };
}

function plannedVolumes(path: string, { size, volumeSize }: PlacesOfArchive): PlannedVolume[] | undefined {
  return volumeSize === undefined ? undefined : volumesOf(path, size, volumeSize);
}

/** The maximum length of a file name (NAME_MAX on Linux, macOS and Windows), minus the suffixes for temporary files. */
const NAME_LIMIT = 255 - '.partial.previous.journal.1234567'.length;

export function partialName(path: string): string {
  const name = basename(path);
  if (Buffer.byteLength(name) <= NAME_LIMIT) return `${path}.partial`;
  return join(dirname(path), `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.partial`);
}

/** Space that a file occupies on disk, without holes. */
async function onDisk(file: ArchiveFile): Promise<number> {
  return allocated(await file.stat());
}

/** Like onDisk, for a path; 0 if the file does not exist. */
export async function bytesOnDisk(path: string): Promise<number> {
  const file = await openUnfinished(path).catch(() => undefined);
  if (file === undefined) return 0;
  try {
    return await onDisk(file);
  } finally {
    await file.close();
  }
}

function allocated({ blocks, size }: Pick<Stats, 'blocks' | 'size'>): number {
  return Math.min(size, blocks * 512);
}

/**
 * Checks that a path's disk has enough free space.
 * @throws carvel.disk-full, carvel.archive-unwritable
 */
export async function checkSpace(path: string, needed: number): Promise<void> {
  let free: number;
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    free = bavail * bsize;
  } catch (error) {
    throw unwritable(path, error);
  }
  if (free < needed) throw carvelError('disk-full', { path, needed, free });
}

/**
 * The file to write an archive to, with all symlinks resolved; unfinished files are created next to it.
 * @throws carvel.archive-not-a-file, carvel.archive-unwritable
 */
export async function archiveFile(path: string): Promise<string> {
  const output = await findOutput(path).catch((error: unknown) => {
    throw unwritable(path, error);
  });
  if (output.kind !== 'file') throw carvelError('archive-not-a-file', { path });
  return output.path;
}

/**
 * Checks that files can be created in a path's folder.
 * @throws carvel.archive-unwritable
 */
export async function checkWritable(path: string): Promise<void> {
  await checkFolder(path).catch((error: unknown) => {
    throw unwritable(path, error);
  });
}

/** Replaces a file, keeping its permissions and, if allowed, its owner. */
async function replaceFile(partial: string, path: string): Promise<void> {
  const existing = await stat(path).catch(() => undefined);
  if (existing !== undefined) await takeOver(partial, existing).catch(() => undefined);
  try {
    await rename(partial, path);
  } catch (error) {
    // A file that is a mount point, as in containers, cannot be replaced.
    if (!(error instanceof Error && 'code' in error && error.code === 'EBUSY')) throw error;
    await copyFile(partial, path);
    await rm(partial);
  }
}

/** Makes the name survive a power failure, if the file system supports it. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch {
    // Windows cannot sync a folder.
  }
}

/** Node reports this error only by number. */
function isQuota(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && error.errno === -constants.errno.EDQUOT;
}

/**
 * Describes why an archive cannot be written.
 * @param needed bytes that remain to be written
 */
export function unwritable(path: string, error: unknown, needed = 0): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  if (code === 'EEXIST') return carvelError('archive-left-over', { path, partial: partialName(path) }, error);
  const isFull = code === 'ENOSPC' || isQuota(error);
  if (isFull && needed > 0) return carvelError('disk-full-now', { path, needed, partial: partialName(path) }, error);
  if (code === 'EFBIG') return carvelError('file-too-large', { path }, error);
  const reason = isFull ? 'the disk is full' : writingReason(error);
  return carvelError('archive-unwritable', { path, reason }, error);
}
