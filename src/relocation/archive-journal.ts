import { rm } from 'node:fs/promises';

import { LineJournal } from '../base/line-journal.ts';
import { isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { objectOrEmpty } from '../oci/json.ts';

const VERSION = 1;
/** A layer that is being written is noted down each time it has so many bytes more. */
export const NOTE_EVERY = 16 * 1024 * 1024;

/** Where a layer's bytes are in a file, and how many of them were written. */
export interface WrittenLayer {
  /** of its first byte */
  readonly offset: number;
  /** bytes */
  readonly written: number;
}

/** What an interrupted export noted down. A hint: whoever uses it reads the bytes and compares digests. */
export interface WrittenLayers {
  /** Which archive it was to become: another one has its layers elsewhere. */
  readonly layout: string;
  readonly layers: ReadonlyMap<Digest, WrittenLayer>;
}

/** Notes down which layers of an archive have been written, beside the unfinished file. */
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

  static async goOn(path: string): Promise<ArchiveJournal> {
    return new ArchiveJournal(path, await LineJournal.open(path, false), false);
  }

  /** What a journal says; undefined where there is none, or one of another version. */
  static async read(path: string): Promise<WrittenLayers | undefined> {
    const [head, ...lines] = (await LineJournal.read(path)) ?? [];
    const { version, layout } = objectOrEmpty(head);
    if (version !== VERSION || typeof layout !== 'string') return undefined;
    const layers = new Map<Digest, WrittenLayer>();
    for (const line of lines) {
      const { layer, offset, written } = objectOrEmpty(line);
      if (isDigest(layer) && isCount(offset) && isCount(written)) layers.set(layer, { offset, written });
    }
    return { layout, layers };
  }

  /** Whether nothing has been noted down: then there is nothing to go on with. */
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
