import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { LineJournal } from '../../base/line-journal.ts';
import { ProcessLock } from '../../base/process-lock.ts';
import { isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';

const VERSION = 1;
/** Milliseconds to wait for the lock of another process, and between two attempts. */
const [LOCK_WAIT, LOCK_INTERVAL] = [6000, 100];

/** An open upload: the location of its session and the bytes that the registry has acknowledged. */
export interface NotedUpload {
  readonly location: string;
  /** Bytes. */
  readonly offset: number;
}

/** Chunked uploads that a later process can resume. They are only hints: the registry is asked for the actual state. */
export interface UploadMemory {
  find(digest: Digest): NotedUpload | undefined;
  /** Returns before the note is written to disk. */
  note(digest: Digest, location: string, offset: number): void;
  /** Forgets an upload that is complete or cannot be resumed. */
  forget(digest: Digest): void;
}

export interface UploadJournalOptions {
  /** Folder of the journals. */
  readonly folder: string;
  /** registry/path of the destination. */
  readonly destination: string;
}

/**
 * Records chunked uploads to one repository, so that a later process can resume them. The file appears with the first
 * acknowledged chunk and is removed when no upload is open.
 */
export class UploadJournal implements UploadMemory {
  readonly #path: string;
  readonly #folder: string;
  readonly #destination: string;
  readonly #uploads: Map<Digest, NotedUpload>;
  readonly #lock: ProcessLock;
  #journal: Promise<LineJournal | undefined> | undefined;

  private constructor(
    path: string,
    options: UploadJournalOptions,
    uploads: Map<Digest, NotedUpload>,
    lock: ProcessLock,
  ) {
    this.#path = path;
    this.#folder = options.folder;
    this.#destination = options.destination;
    this.#uploads = uploads;
    this.#lock = lock;
  }

  /**
   * Undefined if nothing can be stored, or if another process that relocates to the same repository owns the journal.
   */
  static async open(options: UploadJournalOptions): Promise<UploadJournal | undefined> {
    const { folder, destination } = options;
    const name = createHash('sha256').update(destination).digest('hex').slice(0, 32);
    const path = join(folder, `${name}.journal`);
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const lock = await takeLock(`${path}.lock`);
      if (lock === undefined) return undefined;
      const uploads = readUploads(await LineJournal.read(path), destination);
      return new UploadJournal(path, options, uploads, lock);
    } catch {
      return undefined;
    }
  }

  /** Uploads recorded by this and by earlier processes. */
  get uploads(): ReadonlyMap<Digest, NotedUpload> {
    return this.#uploads;
  }

  find(digest: Digest): NotedUpload | undefined {
    return this.#uploads.get(digest);
  }

  note(digest: Digest, location: string, offset: number): void {
    this.#uploads.set(digest, { location, offset });
    this.#add({ upload: digest, location, offset });
  }

  forget(digest: Digest): void {
    if (this.#uploads.delete(digest)) this.#add({ done: digest });
  }

  /** Closes the journal; open uploads stay recorded. */
  async close(): Promise<void> {
    const journal = await this.#journal;
    await journal?.close();
    if (this.#uploads.size === 0) await rm(this.#path, { force: true });
    await this.#lock.release();
  }

  #add(line: object): void {
    // Without a journal, only a resume after a crash takes longer.
    this.#journal ??= this.#begin().catch(() => undefined);
    void this.#journal.then((journal) => journal?.add(line));
  }

  async #begin(): Promise<LineJournal> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const journal = await LineJournal.open(this.#path, true);
    journal.add({ version: VERSION, destination: this.#destination });
    for (const [upload, noted] of this.#uploads) journal.add({ upload, ...noted });
    return journal;
  }
}

/** Waits for an engine whose window has closed: it releases the lock when what is in transit has arrived. */
async function takeLock(path: string): Promise<ProcessLock | undefined> {
  for (let waited = 0; ; waited += LOCK_INTERVAL) {
    const lock = await ProcessLock.take(path);
    if (lock instanceof ProcessLock) return lock;
    if (lock.identity?.pid === process.pid || waited >= LOCK_WAIT) return undefined;
    await delay(LOCK_INTERVAL);
  }
}

function readUploads(lines: readonly unknown[] | undefined, wanted: string): Map<Digest, NotedUpload> {
  const uploads = new Map<Digest, NotedUpload>();
  const [head, ...rest] = (lines ?? []).map(
    (line) => (typeof line === 'object' && line !== null ? line : {}) as Record<string, unknown>,
  );
  if (head?.['version'] !== VERSION || head['destination'] !== wanted) return uploads;
  for (const { upload, location, offset, done } of rest) {
    if (isDigest(done)) uploads.delete(done);
    const isNote =
      typeof location === 'string' && typeof offset === 'number' && Number.isSafeInteger(offset) && offset > 0;
    if (isDigest(upload) && isNote) uploads.set(upload, { location, offset });
  }
  return uploads;
}
