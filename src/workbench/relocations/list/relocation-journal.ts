import type { LineJournal } from '../../../base/line-journal.ts';
import type { ProcessLock } from '../../../base/process-lock.ts';
import type { TransferHistory, TransferMark } from '../../../map/transfer-history.ts';
import { noteError } from '../../../base/serialized-error.ts';
import type { RelocationRecord } from './record.ts';
import { attemptLine, headLine } from './record-lines.ts';

/** Minimum time in milliseconds between progress entries, which other windows and recovery after a crash use. */
const PROGRESS_INTERVAL = 3000;

/** The journal of one relocation, which this window owns exclusively until it is closed. */
export class RelocationJournal {
  readonly #journal: LineJournal;
  readonly #lock: ProcessLock;
  readonly #hide: (text: string) => string;
  #notedAt = Number.NEGATIVE_INFINITY;

  /** @param hide removes secrets from a text */
  constructor(journal: LineJournal, lock: ProcessLock, hide: (text: string) => string) {
    this.#journal = journal;
    this.#lock = lock;
    this.#hide = hide;
  }

  begin(record: RelocationRecord): void {
    this.#journal.add(headLine(record));
    this.state(record);
  }

  /** Writes a state and the fields that belong to it. */
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
   * Writes the progress, but not more often than `PROGRESS_INTERVAL`.
   * @param isLast writes even if the interval has not passed
   */
  figures({ figures, attempts }: RelocationRecord, isLast = false): void {
    if (figures === undefined || (!isLast && performance.now() - this.#notedAt < PROGRESS_INTERVAL)) return;
    this.#notedAt = performance.now();
    const attempt = attempts.at(-1);
    this.#journal.add({ figures, ...(attempt === undefined ? {} : attemptLine(attempt)) });
  }

  /** Writes a retry or a wait, unless it is counted with the one before. */
  mark(before: TransferHistory | undefined, { marks }: TransferHistory): void {
    const last = marks.at(-1);
    if (last !== undefined && marks.length !== before?.marks.length) this.#journal.add({ mark: this.#hidden(last) });
  }

  /** Writes what the attempt that has ended transferred, in more detail than its progress entries. */
  transfer({ transfer }: RelocationRecord): void {
    if (transfer === undefined) return;
    this.#journal.add({ transfer: { ...transfer, marks: transfer.marks.map((mark) => this.#hidden(mark)) } });
  }

  answered(): void {
    this.#journal.add({ answered: true });
  }

  /** Releases the journal after all writes are complete. */
  async close(): Promise<void> {
    await this.#journal.close();
    await this.#lock.release();
  }

  /** Keeps the lock when the window closes; another window will find that its owner is gone. */
  async abandon(): Promise<void> {
    await this.#journal.close();
  }

  #hidden(mark: TransferMark): TransferMark {
    return { ...mark, text: this.#hide(mark.text) };
  }

  /** Reports contain texts from servers. The lock in them is not stored. */
  #withoutSecrets(report: NonNullable<RelocationRecord['report']>): object {
    return {
      ...report,
      warnings: report.warnings.map(this.#hide),
      failed: report.failed.map((image) => ({ ...image, reason: this.#hide(image.reason) })),
      lock: undefined,
    };
  }
}
