import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { LineJournal } from '../../../base/line-journal.ts';
import { ProcessLock } from '../../../base/process-lock.ts';
import { isActive } from './record.ts';
import type { RelocationRecord } from './record.ts';
import { withKeptBytes } from './record-changes.ts';
import { parseRecord } from './record-lines.ts';
import { RelocationJournal } from './relocation-journal.ts';

const FILE = /^([0-9a-z]{8,}-[0-9a-f]{8})\.(journal|lock)$/;
/**
 * Milliseconds for which a folder's modification time is not trusted: two changes within the resolution of its clock have
 * the same time.
 */
const CLOCK_RESOLUTION = 3000;

export interface RelocationStoreOptions {
  /** The folder with the journals, readable only by the user. */
  readonly folder: string;
  /** Removes secrets from a text. */
  readonly hide: (text: string) => string;
  /** Called for a file that is not a valid journal. */
  readonly problem: (text: string) => void;
}

/** A relocation as read from disk. */
export interface StoredRelocation {
  readonly record: RelocationRecord;
  /** Another window holds its lock. */
  readonly isElsewhere: boolean;
}

/** The result of the last listing of the folder. */
interface FolderListing {
  /** The modification time of the folder, if it can be trusted. */
  readonly changedAt: number | undefined;
  /** Relocations with a lock file, whether or not its owner still runs. */
  readonly locked: readonly string[];
  readonly unlocked: readonly StoredRelocation[];
}

/**
 * The relocations of all windows on disk: a journal for each, and a lock file while a window runs it. Only the owner of the
 * lock writes to the journal.
 */
export class RelocationStore {
  readonly #options: RelocationStoreOptions;
  /** The parsed files, valid until the file changes. */
  readonly #known = new Map<string, { readonly mark: string; readonly record: RelocationRecord | undefined }>();
  #last: FolderListing | undefined;

  constructor(options: RelocationStoreOptions) {
    this.#options = options;
  }

  /** Returns all relocations. A relocation whose window disappeared is interrupted. */
  async all(): Promise<StoredRelocation[]> {
    const before = Date.now();
    const changedAt = (await stat(this.#options.folder).catch(() => undefined))?.mtimeMs;
    // If no lock file was created or deleted, only locked relocations, which are few, can have changed.
    if (this.#last?.changedAt === undefined || this.#last.changedAt !== changedAt) {
      this.#last = await this.#listFolder(
        changedAt === undefined || before - changedAt < CLOCK_RESOLUTION ? undefined : changedAt,
      );
    }
    const { locked, unlocked } = this.#last;
    return [...unlocked, ...(await this.#stored(locked))];
  }

  async get(id: string): Promise<StoredRelocation | undefined> {
    const record = await this.#read(id);
    if (record === undefined) return undefined;
    const isElsewhere = await ProcessLock.isHeld(this.#lock(id));
    const isLost = !isElsewhere && isActive(record.state);
    return { record: isLost ? withKeptBytes({ ...record, state: 'interrupted' }) : record, isElsewhere };
  }

  /**
   * Locks a relocation until the journal is closed, and creates the journal of a new one. Returns undefined if another
   * window holds the lock.
   */
  async claim(record: RelocationRecord): Promise<RelocationJournal | undefined> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    const lock = await ProcessLock.take(this.#lock(record.id));
    if (!(lock instanceof ProcessLock)) return undefined;
    const isThere = (await stat(this.#file(record.id)).catch(() => undefined)) !== undefined;
    const journal = new RelocationJournal(await this.#open(record.id, !isThere), lock, this.#options.hide);
    if (!isThere) journal.begin(record);
    return journal;
  }

  /** Where the receipt of an import is written, under a name to recognize it by; undefined for other relocations. */
  receiptFile({ id, request: { source, destination } }: RelocationRecord): string | undefined {
    if (source.kind !== 'archive' || destination.kind !== 'repository') return undefined;
    return join(this.#options.folder, id, `${basename(source.path).slice(0, 60)}.receipt.json`);
  }

  /** Deletes a relocation unless a window holds its lock. */
  async remove(id: string): Promise<boolean> {
    const lock = await ProcessLock.take(this.#lock(id));
    if (!(lock instanceof ProcessLock)) return false;
    await rm(this.#file(id), { force: true });
    await rm(join(this.#options.folder, id), { recursive: true, force: true });
    await lock.release();
    return true;
  }

  /**
   * Claims the right to ask about interrupted relocations, which only one window does. Returns undefined if another window
   * has it.
   */
  async claimOffer(): Promise<ProcessLock | undefined> {
    const lock = await ProcessLock.take(join(this.#options.folder, 'offer.lock')).catch(() => undefined);
    return lock instanceof ProcessLock ? lock : undefined;
  }

  async #listFolder(changedAt: number | undefined): Promise<FolderListing> {
    const found = (await readdir(this.#options.folder).catch(() => [])).flatMap((name) => {
      const [, id, kind] = FILE.exec(name) ?? [];
      return id === undefined ? [] : [{ id, kind }];
    });
    const idsOf = (wanted: string): string[] => found.flatMap(({ id, kind }) => (kind === wanted ? [id] : []));
    const [ids, locks] = [idsOf('journal'), new Set(idsOf('lock'))];
    for (const id of this.#known.keys()) if (!ids.includes(id)) this.#known.delete(id);
    const unlocked = await this.#stored(ids.filter((id) => !locks.has(id)));
    return { changedAt, locked: ids.filter((id) => locks.has(id)), unlocked };
  }

  async #stored(ids: readonly string[]): Promise<StoredRelocation[]> {
    return (await Promise.all(ids.map((id) => this.get(id)))).filter((each) => each !== undefined);
  }

  async #read(id: string): Promise<RelocationRecord | undefined> {
    const file = await stat(this.#file(id)).catch(() => undefined);
    if (file === undefined) return undefined;
    const mark = `${file.mtimeMs} ${file.size}`;
    const known = this.#known.get(id);
    if (known?.mark === mark) return known.record;
    const record = parseRecord(id, (await LineJournal.read(this.#file(id))) ?? []);
    // The journal of a relocation that is just starting is still empty.
    if (typeof record === 'string' && file.size > 0) this.#options.problem(`${this.#file(id)}: ${record}`);
    this.#known.set(id, { mark, record: typeof record === 'string' ? undefined : record });
    return typeof record === 'string' ? undefined : record;
  }

  #open(id: string, isNew: boolean): Promise<LineJournal> {
    return LineJournal.open(this.#file(id), isNew);
  }

  #file(id: string): string {
    return join(this.#options.folder, `${id}.journal`);
  }

  #lock(id: string): string {
    return join(this.#options.folder, `${id}.lock`);
  }
}
