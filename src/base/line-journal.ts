import { open, readFile, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';

/** More than any relocation writes. */
const READ_LIMIT = 64 * 1024 * 1024;

/**
 * A file to which lines of JSON are added, readable by its owner alone. Adding does not wait for the disk: lines are
 * written one batch after the other, and one that a crash cuts off is no line. What it says has to be checked.
 */
export class LineJournal {
  readonly #file: FileHandle;
  #waiting: string[];
  #writing: Promise<void> | undefined;

  private constructor(file: FileHandle, isNew: boolean) {
    this.#file = file;
    // A line that a crash has cut off must not take the next one with it.
    this.#waiting = isNew ? [] : ['\n'];
  }

  /** Begins a journal, or with `isNew` false adds to one. */
  static async open(path: string, isNew: boolean): Promise<LineJournal> {
    // A new one never goes through a symlink that somebody has put in its place.
    if (isNew) await rm(path, { force: true });
    return new LineJournal(await open(path, isNew ? 'wx' : 'a', 0o600), isNew);
  }

  /** The lines of a journal, as far as they are whole; undefined where there is none, or none that can be read. */
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

  /** Waits until all that was added is written, and closes the file. */
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
      // A claim that is not written down costs time later, nothing else; a full disk shows where the data goes.
    } finally {
      this.#writing = undefined;
    }
  }
}
