import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { LineJournal } from '../../../base/line-journal.ts';
import { ProcessLock } from '../../../base/process-lock.ts';
import { isActive } from './record.ts';
import type { RelocationRecord } from './record.ts';
import { recordOf } from './record-lines.ts';
import { RelocationJournal } from './relocation-journal.ts';

const FILE = /^([0-9a-z]{8,}-[0-9a-f]{8})\.(journal|lock)$/;
/** Milliseconds for which a folder's time is not believed: two changes within a tick of its clock have the same. */
const TICK = 3000;

export interface RelocationStoreOptions {
  /** Where the journals are, readable by the user alone. */
  readonly folder: string;
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string;
  /** Told of a file that is no journal of ours. */
  readonly problem: (text: string) => void;
}

/** A relocation as it was written down. */
export interface StoredRelocation {
  readonly record: RelocationRecord;
  /** Another window has it. */
  readonly isElsewhere: boolean;
}

/** What there was when the folder was looked through last. */
interface Look {
  /** When the folder was last changed, as far as that can be relied on. */
  readonly changedAt: number | undefined;
  /** With a lock, be there still somebody who holds it or not. */
  readonly locked: readonly string[];
  readonly unlocked: readonly StoredRelocation[];
}

/**
 * The relocations of all windows, on disk: a journal for each, and a lock beside it while a window works on it. Nobody writes a
 * journal without its lock.
 */
export class RelocationStore {
  readonly #options: RelocationStoreOptions;
  /** What was read of a file, for as long as that does not change. */
  readonly #known = new Map<string, { readonly mark: string; readonly record: RelocationRecord | undefined }>();
  #last: Look | undefined;

  constructor(options: RelocationStoreOptions) {
    this.#options = options;
  }

  /** All that are there; one that was being worked on when its window went away is interrupted. */
  async all(): Promise<StoredRelocation[]> {
    const before = Date.now();
    const changedAt = (await stat(this.#options.folder).catch(() => undefined))?.mtimeMs;
    // Where no lock came or went, only what has a lock can be another than before: the others are many.
    if (this.#last?.changedAt === undefined || this.#last.changedAt !== changedAt) {
      this.#last = await this.#look(changedAt === undefined || before - changedAt < TICK ? undefined : changedAt);
    }
    const { locked, unlocked } = this.#last;
    return [...unlocked, ...(await this.#stored(locked))];
  }

  async get(id: string): Promise<StoredRelocation | undefined> {
    const record = await this.#read(id);
    if (record === undefined) return undefined;
    const isElsewhere = await ProcessLock.isHeld(this.#lock(id));
    const isLost = !isElsewhere && isActive(record.state);
    return { record: isLost ? { ...record, state: 'interrupted' } : record, isElsewhere };
  }

  /** Takes a relocation that no window works on, until the journal is closed; a new one is begun. Undefined where one does. */
  async claim(record: RelocationRecord): Promise<RelocationJournal | undefined> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    const lock = await ProcessLock.take(this.#lock(record.id));
    if (!(lock instanceof ProcessLock)) return undefined;
    const isThere = (await stat(this.#file(record.id)).catch(() => undefined)) !== undefined;
    const journal = new RelocationJournal(await this.#open(record.id, !isThere), lock, this.#options.hide);
    if (!isThere) journal.begin(record);
    return journal;
  }

  /** Forgets a relocation, unless a window works on it. */
  async remove(id: string): Promise<boolean> {
    const lock = await ProcessLock.take(this.#lock(id));
    if (!(lock instanceof ProcessLock)) return false;
    await rm(this.#file(id), { force: true });
    await lock.release();
    return true;
  }

  /** The right to ask about what was interrupted: one window does. Undefined where another one does already. */
  async claimOffer(): Promise<ProcessLock | undefined> {
    const lock = await ProcessLock.take(join(this.#options.folder, 'offer.lock')).catch(() => undefined);
    return lock instanceof ProcessLock ? lock : undefined;
  }

  async #look(changedAt: number | undefined): Promise<Look> {
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
    const record = recordOf(id, (await LineJournal.read(this.#file(id))) ?? []);
    // One that was just begun has no lines yet.
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
