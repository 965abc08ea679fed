import { rm } from 'node:fs/promises';

import { LineJournal } from '../../base/line-journal.ts';
import { isDigest } from '../../oci/digest.ts';
import type { Digest } from '../../oci/digest.ts';
import { record } from '../../base/json.ts';

const VERSION = 1;
/** Progress within a layer is recorded after this many more bytes have been written. */
export const NOTE_BYTES = 16 * 1024 * 1024;
/** Progress within a layer is recorded after this many milliseconds. */
export const NOTE_INTERVAL = 1000;

/** Position of a layer in a file and the number of bytes written so far. */
export interface WrittenLayer {
  /** Offset of the layer's first byte. */
  readonly offset: number;
  /** Bytes. */
  readonly written: number;
}

/** What an interrupted export recorded. It is only a hint: bytes are read and their digests compared before use. */
export interface WrittenLayers {
  /** Identifies the archive being written; in any other archive the layers are at other offsets. */
  readonly layout: string;
  readonly layers: ReadonlyMap<Digest, WrittenLayer>;
}

/** Records, next to the unfinished file, which layers of an archive have been written. */
export class ArchiveJournal {
  readonly #path: string;
  readonly #journal: LineJournal;
  #isEmpty: boolean;

  private constructor(path: string, journal: LineJournal, isEmpty: boolean) {
    this.#path = path;
    this.#journal = journal;
    this.#isEmpty = isEmpty;
  }

  static async begin(path: string, layout: string): Promise<ArchiveJournal> {
    const journal = await LineJournal.open(path, true);
    journal.add({ version: VERSION, layout });
    return new ArchiveJournal(path, journal, true);
  }

  static async reopen(path: string): Promise<ArchiveJournal> {
    return new ArchiveJournal(path, await LineJournal.open(path, false), false);
  }

  /** Reads a journal; undefined if there is none or it has another version. */
  static async read(path: string): Promise<WrittenLayers | undefined> {
    const [head, ...lines] = (await LineJournal.read(path)) ?? [];
    const { version, layout } = record(head);
    if (version !== VERSION || typeof layout !== 'string') return undefined;
    const layers = new Map<Digest, WrittenLayer>();
    for (const line of lines) {
      const { layer, offset, written } = record(line);
      if (isDigest(layer) && isCount(offset) && isCount(written)) layers.set(layer, { offset, written });
    }
    return { layout, layers };
  }

  /** Whether nothing was recorded, so that there is nothing to resume. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  note(layer: Digest, { offset, written }: WrittenLayer): void {
    this.#isEmpty = false;
    this.#journal.add({ layer, offset, written });
  }

  close(): Promise<void> {
    return this.#journal.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.#path, { force: true });
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
