import { open, readFile, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** More than any relocation writes. */
const READ_LIMIT = 64 * 1024 * 1024;

/**
 * An append-only file of JSON lines that only its owner can read. Appending does not wait for the disk: lines are
 * written in batches, and a line truncated by a crash is ignored. The content has to be validated by the reader.
 */
export class LineJournal {
  readonly #file: FileHandle;
  #waiting: string[];
  #writing: Promise<void> | undefined;

  private constructor(file: FileHandle, isNew: boolean) {
    this.#file = file;
    // Starts a new line in case a crash truncated the last one.
    this.#waiting = isNew ? [] : ['\n'];
  }

  /** Creates a journal, or appends to an existing one if `isNew` is false. */
  static async open(path: string, isNew: boolean): Promise<LineJournal> {
    // Removing the old file prevents writing through a symlink planted in its place.
    if (isNew) await rm(path, { force: true });
    return new LineJournal(await open(path, isNew ? 'wx' : 'a', 0o600), isNew);
  }

  /** Reads the complete lines of a journal; undefined if it is missing or unreadable. */
  static async read(path: string): Promise<readonly unknown[] | undefined> {
    const text = await readFile(path, { encoding: 'utf8' }).catch(() => undefined);
    if (text === undefined || text.length > READ_LIMIT) return undefined;
    return text.split('\n').flatMap((line) => {
      try {
        return line === '' ? [] : [JSON.parse(line) as unknown];
      } catch {
        return [];
      }
    });
  }

  add(line: object): void {
    this.#waiting.push(`${JSON.stringify(line)}\n`);
    this.#writing ??= this.#write();
  }

  /** Waits until everything is written and closes the file. */
  async close(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    await this.#file.close();
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const lines = this.#waiting.join('');
        this.#waiting = [];
        await this.#file.appendFile(lines);
      }
    } catch {
      // A lost line only costs time later; a full disk is reported where the data is written.
    } finally {
      this.#writing = undefined;
    }
  }
}
