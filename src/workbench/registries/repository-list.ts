import { isAbort, hasCode } from '../../base/errors.ts';
import { nameFilter } from '../text/matching.ts';
import { Loadable } from '../view/loadable.ts';
import type { Loaded } from '../view/loadable.ts';
import type { RegistryReader } from './registry-reader.ts';

export interface Repositories {
  readonly paths: readonly string[];
  /** Set if there is another page. */
  readonly next?: string;
  /** Why the registry cannot list its repositories, although it responds otherwise. */
  readonly noCatalog?: unknown;
  /** Why the next page could not be loaded. */
  readonly moreError?: unknown;
}

const PAGE = 100;
/** A filter needs all names: the size of its pages and the maximum number of names. */
const FILTER_PAGE = 1000;
const FILTER_LIMIT = 50_000;

/** The errors of registries that have no catalog or show it only to administrators (Harbor, GHCR, ECR, …). */
const NO_CATALOG = [
  'oci.not-found',
  'oci.credentials-missing',
  'oci.unauthorized',
  'oci.forbidden',
  'oci.status-unexpected',
];

/** The repositories of one registry, read page by page, or completely if there is a filter. */
export class RepositoryList {
  readonly #registry: string;
  readonly #reader: RegistryReader;
  readonly #list: Loadable<Repositories>;
  #filter: string | undefined;
  #shown = PAGE;

  constructor(registry: string, reader: RegistryReader) {
    this.#registry = registry;
    this.#reader = reader;
    this.#list = new Loadable((signal) => this.#load(signal));
  }

  /** The repositories known without a request. */
  get current(): Loaded<Repositories> {
    return this.#list.current;
  }

  /** Number of repositories to show. */
  get shown(): number {
    return this.#shown;
  }

  get filter(): string | undefined {
    return this.#filter;
  }

  get(): Promise<Loaded<Repositories>> {
    return this.#list.get();
  }

  /** The repositories that match the filter, or all of them without a filter. */
  matching(paths: readonly string[]): readonly string[] {
    return this.#filter === undefined ? paths : paths.filter(nameFilter(this.#filter));
  }

  /** @param text undefined removes the filter and shows pages again */
  setFilter(text: string | undefined): void {
    this.#filter = text;
    this.#shown = PAGE;
    // The rest of the list is read when it is shown next.
    if (text !== undefined && this.#list.current.value?.next !== undefined) this.#list.invalidate();
  }

  invalidate(): void {
    this.#list.invalidate();
  }

  async more(signal: AbortSignal): Promise<void> {
    this.#shown += PAGE;
    const before = this.#list.current.value;
    if (before?.next === undefined || this.#shown <= before.paths.length) return;
    try {
      const page = await this.#page(signal, PAGE, before.next);
      // The list was reloaded in the meantime.
      if (this.#list.current.value !== before) return;
      this.#list.update({ ...page, paths: [...new Set([...before.paths, ...page.paths])] });
    } catch (error) {
      this.#shown -= PAGE;
      if (!isAbort(error) && this.#list.current.value === before) this.#list.update({ ...before, moreError: error });
    }
  }

  async #load(signal: AbortSignal): Promise<Repositories> {
    if (this.#filter === undefined) return this.#first(signal, PAGE);
    let page = await this.#first(signal, FILTER_PAGE);
    const paths = new Set(page.paths);
    while (page.next !== undefined && paths.size < FILTER_LIMIT) {
      const known = paths.size;
      page = await this.#page(signal, FILTER_PAGE, page.next);
      for (const path of page.paths) paths.add(path);
      if (paths.size === known) break;
    }
    return { ...page, paths: [...paths] };
  }

  async #first(signal: AbortSignal, limit: number): Promise<Repositories> {
    try {
      return await this.#page(signal, limit);
    } catch (error) {
      if (!hasCode(error, ...NO_CATALOG)) throw error;
      // If this fails as well, the catalog is not the cause.
      if (hasCode(error, 'oci.unauthorized')) await this.#reader.authenticate(this.#registry, signal);
      else await this.#reader.ping(this.#registry, signal);
      return { paths: [], noCatalog: error };
    }
  }

  async #page(signal: AbortSignal, limit: number, last?: string): Promise<Repositories> {
    const request = { limit, signal, ...(last === undefined ? {} : { last }) };
    const { repositories, next } = await this.#reader.repositories(this.#registry, request);
    return { paths: repositories, ...(next === undefined ? {} : { next }) };
  }
}
