import { compareTags, isInternalTag } from '../../carvel/tags.ts';
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

/** The tags of one repository: all names are read, since registries hand them out in no useful order; shown in pages. */
export class TagList {
  readonly #registry: string;
  readonly #path: string;
  readonly #reader: RegistryReader;
  readonly #list: Loadable<Tags>;
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

  /** What is known without asking the registry. */
  get current(): Loaded<Tags> {
    return this.#list.current;
  }

  get(): Promise<Loaded<Tags>> {
    return this.#list.get();
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
    let last: string | undefined;
    do {
      const known = names.size;
      const request = { limit: REQUEST_PAGE, signal, ...(last === undefined ? {} : { last }) };
      const page = await this.#reader.tags(this.#registry, this.#path, request);
      for (const tag of page.tags) names.add(tag);
      // A page without anything new is a registry that goes in circles.
      last = names.size > known ? page.next : undefined;
    } while (last !== undefined);
    return {
      tags: [...names].filter((tag) => !isInternalTag(tag)).sort(compareTags),
      internal: [...names].filter(isInternalTag).sort(),
    };
  }
}
