import { rename, rm, stat } from 'node:fs/promises';

import { AirgapError, isAbort } from '../../base/errors.ts';
import { writeOutput } from '../../base/output-file.ts';
import { ProcessLock } from '../../base/process-lock.ts';
import type { ArchiveLayout } from '../../carvel/archive/layout.ts';
import { layersOfFile } from '../../carvel/archive/layers-of-file.ts';
import { readRegionOf } from '../../carvel/archive/read-region.ts';
import { archiveFile, ArchiveWriter, partialName, unwritable } from '../../carvel/archive/writer.ts';
import { formatVolumeIndex, volumeIndexPath } from '../../carvel/archive/volumes.ts';
import { carvelError } from '../../carvel/errors.ts';
import { exportManifestPath } from '../../carvel/export-manifest.ts';
import type { Digest } from '../../oci/digest.ts';
import { ArchiveJournal, NOTE_BYTES, NOTE_INTERVAL } from './archive-journal.ts';
import type { WrittenLayer } from './archive-journal.ts';
import { removeExportManifest, writeExportManifest } from './describe-export.ts';
import type { SignedManifest } from './describe-export.ts';
import type { BlobCopy, BlobOutcome } from '../destination.ts';
import { VerifiedBytes } from '../upload/verified-bytes.ts';

/** The files next to an archive that is not complete yet. */
export function unfinishedFiles(path: string) {
  const partial = partialName(path);
  const previous = `${partial}.previous`;
  return {
    partial,
    journal: `${partial}.journal`,
    lock: `${partial}.lock`,
    /**
     * An interrupted export of other content to the same name; layers that both share are not read from the source
     * again.
     */
    previous,
    previousJournal: `${previous}.journal`,
  };
}

/** A layer available in another file: `size` bytes from `offset`. */
interface Reusable {
  readonly path: string;
  readonly offset: number;
}

/**
 * Writes one archive, exclusively, and resumes where an interrupted process stopped. Bytes taken from an existing file
 * are read and compared with their digest first.
 */
export class ArchiveSession {
  readonly #files: ReturnType<typeof unfinishedFiles>;
  readonly #lock: ProcessLock;
  readonly #writer: ArchiveWriter;
  readonly #journal: ArchiveJournal;
  readonly #written: ReadonlyMap<Digest, WrittenLayer>;
  readonly #reusable: ReadonlyMap<Digest, Reusable>;

  private constructor(
    path: string,
    lock: ProcessLock,
    parts: { writer: ArchiveWriter; journal: ArchiveJournal },
    written: ReadonlyMap<Digest, WrittenLayer>,
    reusable: ReadonlyMap<Digest, Reusable>,
  ) {
    this.#files = unfinishedFiles(path);
    this.#lock = lock;
    this.#writer = parts.writer;
    this.#journal = parts.journal;
    this.#written = written;
    this.#reusable = reusable;
  }

  /**
   * @param resume false: start over; true: also use layers of a file under the final name; undefined: resume an
   * interrupted export
   * @throws carvel.archive-busy while another process writes the archive, carvel.disk-full, carvel.archive-unwritable,
   * carvel.archive-not-a-file
   */
  static async begin(name: string, layout: ArchiveLayout, resume: boolean | undefined): Promise<ArchiveSession> {
    const path = await archiveFile(name);
    const lock = await takeLock(path);
    try {
      if (resume === false) await removeUnfinished(path);
      const files = unfinishedFiles(path);
      const noted = await ArchiveJournal.read(files.journal);
      if (noted?.layout === layout.id && (await exists(files.partial))) {
        const writer = await ArchiveWriter.reopen(path, layout);
        const journal = await ArchiveJournal.reopen(files.journal);
        return new ArchiveSession(path, lock, { writer, journal }, noted.layers, await reusableLayers(path, resume));
      }
      await moveAside(files, (noted?.layers.size ?? 0) > 0);
      const reusable = await reusableLayers(path, resume);
      // The journal is created first: a partial file without a journal is not ours.
      const journal = await ArchiveJournal.begin(files.journal, layout.id);
      const writer = await ArchiveWriter.create(path, layout).catch(async (error: unknown) => {
        await journal.remove();
        throw error;
      });
      return new ArchiveSession(path, lock, { writer, journal }, new Map(), reusable);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Adds one layer to the archive; `present` if none of it had to be read from the source. */
  async putLayer(copy: BlobCopy, signal: AbortSignal): Promise<BlobOutcome> {
    const { digest, size } = copy.descriptor;
    const bytes = new VerifiedBytes(copy, signal);
    try {
      const noted = this.#written.get(digest);
      if (noted !== undefined) await bytes.begin(this.#writer.readLayer(digest, Math.min(noted.written, size)));
      let from = bytes.position;
      if (from > 0 && bytes.isAtEnd) return 'present';
      if (from === 0 && (await this.#reuse(copy, signal))) return 'present';
      await retryIfDamaged(copy, async () => {
        await bytes.rewind(from);
        const first = from;
        from = 0;
        await this.#write(copy, first, bytes.take(size - first));
      });
      return 'copied';
    } finally {
      bytes.close();
    }
  }

  /** @param exportManifest describes the archive, for a file next to it */
  async finish(exportManifest: SignedManifest, signal: AbortSignal): Promise<void> {
    const described = exportManifestPath(this.#writer.path);
    // A tar must never stand next to the export manifest of another one.
    await removeExportManifest(described);
    const volumes = await this.#writer.finish(signal);
    const written = await writeExportManifest(described, exportManifest);
    if (volumes !== undefined) {
      await writeOutput(volumeIndexPath(this.#writer.path), formatVolumeIndex([...volumes, ...written]));
    }
    await this.#journal.remove();
    const { previous, previousJournal } = this.#files;
    for (const file of [previous, previousJournal]) await rm(file, { recursive: true, force: true });
    await this.#lock.release();
  }

  /** Stops before the archive is complete and keeps the finished parts for resuming. */
  async interrupt(): Promise<void> {
    if (this.#journal.isEmpty) {
      await this.#writer.discard();
      await this.#journal.remove();
    } else {
      await this.#writer.close();
      await this.#journal.close();
    }
    await this.#lock.release();
  }

  /** Whatever ends it, the journal records the bytes in the file. */
  async #write(copy: BlobCopy, from: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { digest } = copy.descriptor;
    const { offset } = this.#writer.placeOf(digest);
    let [noted, position, notedAt] = [from, from, performance.now()];
    const note = (): void => {
      if (position === noted) return;
      [noted, notedAt] = [position, performance.now()];
      this.#journal.note(digest, { offset, written: position });
      copy.onKept(position);
    };
    copy.onKept(from);
    try {
      await this.#writer.writeLayer(digest, from, untilPaused(bytes, copy), (written) => {
        position = written;
        if (written >= noted + NOTE_BYTES || performance.now() >= notedAt + NOTE_INTERVAL) note();
      });
    } finally {
      note();
    }
  }

  /** Copies a layer from another file if its bytes there are intact. */
  async #reuse(copy: BlobCopy, signal: AbortSignal): Promise<boolean> {
    const { digest, size } = copy.descriptor;
    const found = this.#reusable.get(digest);
    if (found === undefined) return false;
    const open = (_: AbortSignal, offset: number) =>
      Promise.resolve({ body: readRegionOf(found.path, found.offset + offset, size - offset), where: found.path });
    let taken = 0;
    // Local bytes are not counted as transferred.
    const onBytes = (count: number): void => copy.onSeek((taken += count));
    const bytes = new VerifiedBytes({ ...copy, open, onBytes, bandwidth: undefined }, signal);
    try {
      await this.#write(copy, 0, bytes.take(size));
      return true;
    } catch (error) {
      if (isAbort(error) || signal.aborted || bytes.failure === undefined) throw error;
      copy.onSeek(0);
      return false;
    } finally {
      bytes.close();
    }
  }
}

/**
 * Removes what an interrupted export left behind.
 * @throws carvel.archive-busy while the archive is being written
 */
export async function discardUnfinished(name: string): Promise<void> {
  const path = await archiveFile(name);
  const lock = await takeLock(path);
  try {
    await removeUnfinished(path);
  } finally {
    await lock.release();
  }
}

async function takeLock(path: string): Promise<ProcessLock> {
  const { lock } = unfinishedFiles(path);
  let taken: Awaited<ReturnType<typeof ProcessLock.take>>;
  try {
    taken = await ProcessLock.take(lock);
  } catch (error) {
    throw unwritable(path, error);
  }
  if (taken instanceof ProcessLock) return taken;
  const { pid = 0, host = 'an unknown host' } = taken.identity ?? {};
  throw carvelError('archive-busy', { path, pid, host, lock });
}

async function removeUnfinished(path: string): Promise<void> {
  const { partial, journal, previous, previousJournal } = unfinishedFiles(path);
  // A partial file without a journal is not ours.
  if (await exists(journal)) await rm(partial, { recursive: true, force: true });
  for (const file of [journal, previous, previousJournal]) await rm(file, { recursive: true, force: true });
}

/**
 * Moves an interrupted export of another archive aside, so that its layers can be reused until the new archive is
 * complete.
 */
async function moveAside(files: ReturnType<typeof unfinishedFiles>, isWorthIt: boolean): Promise<void> {
  if (!(await exists(files.journal))) return;
  if (isWorthIt && (await exists(files.partial))) {
    await rm(files.previous, { recursive: true, force: true });
    await rename(files.partial, files.previous);
    await rename(files.journal, files.previousJournal);
  } else {
    await rm(files.partial, { recursive: true, force: true });
  }
}

async function reusableLayers(path: string, resume: boolean | undefined): Promise<Map<Digest, Reusable>> {
  const { previous, previousJournal } = unfinishedFiles(path);
  const reusable = new Map<Digest, Reusable>();
  if (resume === true) {
    for (const [digest, { offset }] of await layersOfFile(path)) reusable.set(digest, { path, offset });
  }
  const noted = await ArchiveJournal.read(previousJournal);
  for (const [digest, { offset }] of noted?.layers ?? []) reusable.set(digest, { path: previous, offset });
  return reusable;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Every written byte is kept, so a pause ends a layer after any piece. */
async function* untilPaused(bytes: AsyncIterable<Uint8Array>, { rest }: BlobCopy): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    yield piece;
    await rest();
  }
}

const DAMAGED = new Set(['oci.digest-mismatch', 'oci.size-mismatch']);

/** Retries a blob once from its first byte if the received bytes were damaged, which may have happened in transit. */
async function retryIfDamaged(copy: BlobCopy, attempt: () => Promise<void>): Promise<void> {
  try {
    await attempt();
  } catch (error) {
    if (!(error instanceof AirgapError) || !DAMAGED.has(error.code)) throw error;
    copy.onRetry(error, 1);
    await attempt();
  }
}
