import { SortedRuns } from '../../base/sorted-runs.ts';
import { compareNames, compareRanked, rankTag } from '../../carvel/tag-order.ts';
import type { RankedTag } from '../../carvel/tag-order.ts';
import { isInternalTag } from '../../carvel/tags.ts';
import type { RegistryReader } from './registry-reader.ts';

export interface Tags {
  /** Newest version first, then by name. */
  readonly tags: readonly string[];
  /** imgpkg's and cosign's own. */
  readonly internal: readonly string[];
}

const REQUEST_PAGE = 1000;
/** A tag has at most 128 characters: this is some hundred megabytes at the very most. */
const MAX_TAGS = 1_000_000;

/**
 * Reads all tags of a repository, since registries hand them out in no useful order. A reading that is stopped goes on where
 * it was.
 */
export class TagReading {
  readonly #registry: string;
  readonly #path: string;
  readonly #reader: Pick<RegistryReader, 'tags'>;
  readonly #names = new Set<string>();
  readonly #tags = new SortedRuns<RankedTag>(compareRanked);
  readonly #internal = new SortedRuns<string>(compareNames);
  /** Where the next page begins, in the registry's own words; a reading ends where there is none. */
  #last: string | undefined;
  /** Of the attempt before, which may still be busy with its last page when the next one begins. */
  #ended: Promise<unknown> = Promise.resolve();

  constructor(registry: string, path: string, reader: Pick<RegistryReader, 'tags'>) {
    this.#registry = registry;
    this.#path = path;
    this.#reader = reader;
  }

  /** How many were read. */
  get count(): number {
    return this.#names.size;
  }

  /** @param paged a page was read, and there are more */
  toEnd(signal: AbortSignal, paged: () => Promise<void>): Promise<Tags> {
    const reading = this.#ended.then(() => this.#pages(signal, paged));
    this.#ended = reading.catch(() => undefined);
    return reading;
  }

  /** Those that were read, in order. */
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
    // Some registries hand out all they have, whatever they are asked for: then others get their turn in between.
    for (let start = 0; start < page.tags.length; start += REQUEST_PAGE) {
      if (start > 0) await new Promise(setImmediate);
      const part = page.tags.slice(start, start + REQUEST_PAGE).filter((tag) => !this.#names.has(tag));
      for (const tag of part) this.#names.add(tag);
      await this.#tags.add(part.filter((tag) => !isInternalTag(tag)).map(rankTag));
      await this.#internal.add(part.filter(isInternalTag));
    }
    // A page without anything new is a registry that goes in circles.
    this.#last = this.#names.size > known && this.#names.size < MAX_TAGS ? page.next : undefined;
  }
}
