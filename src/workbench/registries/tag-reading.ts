import { SortedRuns } from '../../base/sorted-runs.ts';
import { compareNames, compareRanked, rankTag } from '../../carvel/tag-order.ts';
import type { RankedTag } from '../../carvel/tag-order.ts';
import { isInternalTag } from '../../carvel/tags.ts';
import type { RegistryReader } from './registry-reader.ts';

export interface Tags {
  /** Sorted by version, newest first, then by name. */
  readonly tags: readonly string[];
  /** The internal tags of imgpkg and cosign. */
  readonly internal: readonly string[];
}

const REQUEST_PAGE = 1000;
/** Limits the memory for names, of at most 128 characters each, to some hundred megabytes. */
const MAX_TAGS = 1_000_000;

/**
 * Reads all tags of a repository, because registries return them in no useful order. A stopped read resumes where it
 * stopped.
 */
export class TagReading {
  readonly #registry: string;
  readonly #path: string;
  readonly #reader: Pick<RegistryReader, 'tags'>;
  readonly #names = new Set<string>();
  readonly #tags = new SortedRuns<RankedTag>(compareRanked);
  readonly #internal = new SortedRuns<string>(compareNames);
  /** The marker of the next page as the registry gave it; undefined at the end. */
  #last: string | undefined;
  /** The previous attempt, which may still be processing its last page when the next one starts. */
  #ended: Promise<unknown> = Promise.resolve();

  constructor(registry: string, path: string, reader: Pick<RegistryReader, 'tags'>) {
    this.#registry = registry;
    this.#path = path;
    this.#reader = reader;
  }

  /** Number of tags read so far. */
  get count(): number {
    return this.#names.size;
  }

  /** @param paged called after each page except the last */
  toEnd(signal: AbortSignal, paged: () => Promise<void>): Promise<Tags> {
    const reading = this.#ended.then(() => this.#pages(signal, paged));
    this.#ended = reading.catch(() => undefined);
    return reading;
  }

  /** The tags read so far, sorted. */
  async sorted(): Promise<Tags> {
    return { tags: (await this.#tags.result()).map(({ tag }) => tag), internal: await this.#internal.result() };
  }

  async #pages(signal: AbortSignal, paged: () => Promise<void>): Promise<Tags> {
    do {
      signal.throwIfAborted();
      await this.#page(signal);
      if (this.#last !== undefined) await paged();
    } while (this.#last !== undefined);
    return this.sorted();
  }

  async #page(signal: AbortSignal): Promise<void> {
    const known = this.#names.size;
    const request = { limit: REQUEST_PAGE, signal, ...(this.#last === undefined ? {} : { last: this.#last }) };
    const page = await this.#reader.tags(this.#registry, this.#path, request);
    // Some registries ignore the page size and return everything, so long pages are processed in parts that let other work
    // run.
    for (let start = 0; start < page.tags.length; start += REQUEST_PAGE) {
      if (start > 0) await new Promise(setImmediate);
      const part = page.tags.slice(start, start + REQUEST_PAGE).filter((tag) => !this.#names.has(tag));
      for (const tag of part) this.#names.add(tag);
      await this.#tags.add(part.filter((tag) => !isInternalTag(tag)).map(rankTag));
      await this.#internal.add(part.filter(isInternalTag));
    }
    // A page without new names means that the registry repeats itself.
    this.#last = this.#names.size > known && this.#names.size < MAX_TAGS ? page.next : undefined;
  }
}
