import type { ArchiveFile } from './volumes.ts';

/** As many bytes are collected before the disk is asked for them: enough for it to write in long runs. */
const COLLECTED = 32 * 1024 * 1024;

/**
 * Has a file's new content written to its disk while more of it comes, so that the sync at the end has little left to
 * wait for.
 */
export class WriteBack {
  readonly #file: ArchiveFile;
  #collected = 0;
  #running: Promise<void> | undefined;
  /** A system may report an error of the disk only once, so it must not get lost. */
  #failure: { readonly error: unknown } | undefined;

  constructor(file: ArchiveFile) {
    this.#file = file;
  }

  /**
   * Counts bytes that the file has received.
   * @throws what the disk reported for earlier ones
   */
  add(bytes: number): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#collected += bytes;
    if (this.#collected < COLLECTED || this.#running !== undefined) return;
    this.#collected = 0;
    this.#running = this.#file.datasync().then(
      () => (this.#running = undefined),
      (error: unknown) => {
        this.#running = undefined;
        this.#failure ??= { error };
      },
    );
  }

  /**
   * Writes what is left. Waits for a running write, too.
   * @throws what the disk reported
   */
  async finish(): Promise<void> {
    await this.settle();
    await this.#file.sync();
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Waits for a running write: the file must not be closed before. */
  async settle(): Promise<void> {
    await this.#running;
  }
}
