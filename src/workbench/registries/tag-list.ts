import { SortedRuns } from '../../base/sorted-runs.ts';
import { compareNames, compareRanked, rankTag } from '../../carvel/tag-order.ts';
import type { RankedTag } from '../../carvel/tag-order.ts';
import { isInternalTag } from '../../carvel/tags.ts';
import { nameFilter } from '../text/name-filter.ts';
import { Loadable } from '../view/loadable.ts';
import type { Loaded } from '../view/loadable.ts';
import type { RegistryReader } from './registry-reader.ts';

export interface Tags {
  /** Newest version first, then by name. */
  readonly tags: readonly string[];
  /** imgpkg's and cosign's own. */
  readonly internal: readonly string[];
}

const REQUEST_PAGE = 1000;
export const TAGS_PAGE = 50;
/** A tag has at most 128 characters: this is some hundred megabytes at the very most. */
const MAX_TAGS = 1_000_000;

/** The tags of one repository: all names are read, since registries hand them out in no useful order; shown in pages. */
export class TagList {
  readonly #registry: string;
  readonly #path: string;
  readonly #reader: RegistryReader;
  readonly #list: Loadable<Tags>;
  #filter: string | undefined;
  #matching: { readonly of: Tags; readonly tags: readonly string[] } | undefined;
  #shown = TAGS_PAGE;
  #internalShown = TAGS_PAGE;

  constructor(registry: string, path: string, reader: RegistryReader) {
    this.#registry = registry;
    this.#path = path;
    this.#reader = reader;
    this.#list = new Loadable((signal) => this.#load(signal));
  }

  /** How many tags are shown. */
  get shown(): number {
    return this.#shown;
  }

  get internalShown(): number {
    return this.#internalShown;
  }

  get filter(): string | undefined {
    return this.#filter;
  }

  /** What is known without asking the registry. */
  get current(): Loaded<Tags> {
    return this.#list.current;
  }

  get(): Promise<Loaded<Tags>> {
    return this.#list.get();
  }

  /** The tags that the filter lets through; all where there is none. */
  matching(of: Tags): readonly string[] {
    if (this.#filter === undefined) return of.tags;
    if (this.#matching?.of !== of) this.#matching = { of, tags: of.tags.filter(nameFilter(this.#filter)) };
    return this.#matching.tags;
  }

  /** @param text undefined: all are shown again */
  setFilter(text: string | undefined): void {
    this.#filter = text;
    this.#matching = undefined;
    this.#shown = TAGS_PAGE;
  }

  invalidate(): void {
    this.#list.invalidate();
  }

  more(): void {
    this.#shown += TAGS_PAGE;
  }

  moreInternal(): void {
    this.#internalShown += TAGS_PAGE;
  }

  async #load(signal: AbortSignal): Promise<Tags> {
    const names = new Set<string>();
    const tags = new SortedRuns<RankedTag>(compareRanked);
    const internal = new SortedRuns<string>(compareNames);
    let last: string | undefined;
    do {
      const known = names.size;
      const request = { limit: REQUEST_PAGE, signal, ...(last === undefined ? {} : { last }) };
      const page = await this.#reader.tags(this.#registry, this.#path, request);
      // Some registries hand out all they have, whatever they are asked for: then others get their turn in between.
      for (let start = 0; start < page.tags.length; start += REQUEST_PAGE) {
        if (start > 0) await new Promise(setImmediate);
        const part = page.tags.slice(start, start + REQUEST_PAGE).filter((tag) => !names.has(tag));
        for (const tag of part) names.add(tag);
        await tags.add(part.filter((tag) => !isInternalTag(tag)).map(rankTag));
        await internal.add(part.filter(isInternalTag));
      }
      // A page without anything new is a registry that goes in circles.
      last = names.size > known && names.size < MAX_TAGS ? page.next : undefined;
    } while (last !== undefined);
    return { tags: (await tags.result()).map(({ tag }) => tag), internal: await internal.result() };
  }
}
