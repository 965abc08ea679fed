import type { LineJournal } from '../../../base/line-journal.ts';
import type { ProcessLock } from '../../../base/process-lock.ts';
import { noteError } from './noted-error.ts';
import type { RelocationRecord } from './record.ts';
import { attemptLine, headLine } from './record-lines.ts';

/** Milliseconds between two notes of how far a relocation is, for other windows and for after a crash. */
const NOTE_EVERY = 3000;

/** The journal of one relocation, as long as this window has it: nobody else writes to it meanwhile. */
export class RelocationJournal {
  readonly #journal: LineJournal;
  readonly #lock: ProcessLock;
  readonly #hide: (text: string) => string;
  #notedAt = Number.NEGATIVE_INFINITY;

  /** @param hide takes secrets out of a text */
  constructor(journal: LineJournal, lock: ProcessLock, hide: (text: string) => string) {
    this.#journal = journal;
    this.#lock = lock;
    this.#hide = hide;
  }

  begin(record: RelocationRecord): void {
    this.#journal.add(headLine(record));
    this.state(record);
  }

  /** The state that the relocation has come into, with what belongs to it. */
  state({ state, changedAt, error, report, until }: RelocationRecord): void {
    this.#journal.add({
      state,
      at: changedAt,
      ...(error === undefined ? {} : { error: noteError(error, this.#hide) }),
      ...(report === undefined ? {} : { report: this.#withoutSecrets(report) }),
      ...(until === undefined ? {} : { until }),
    });
  }

  /**
   * How far it is, and what its attempt has sent; not each time that it is told.
   * @param isLast it is noted however little time has passed
   */
  figures({ figures, attempts }: RelocationRecord, isLast = false): void {
    if (figures === undefined || (!isLast && performance.now() - this.#notedAt < NOTE_EVERY)) return;
    this.#notedAt = performance.now();
    const attempt = attempts.at(-1);
    this.#journal.add({ figures, ...(attempt === undefined ? {} : attemptLine(attempt)) });
  }

  answered(): void {
    this.#journal.add({ answered: true });
  }

  /** Lets go of it, when all is written. */
  async close(): Promise<void> {
    await this.#journal.close();
    await this.#lock.release();
  }

  /** The window goes: its lock stays, until it is found that nobody has it. */
  async abandon(): Promise<void> {
    await this.#journal.close();
  }

  /** What servers said is in there. Its lock is not kept. */
  #withoutSecrets(report: NonNullable<RelocationRecord['report']>): object {
    return {
      ...report,
      warnings: report.warnings.map(this.#hide),
      failed: report.failed.map((image) => ({ ...image, reason: this.#hide(image.reason) })),
      lock: undefined,
    };
  }
}
