import { isAbort } from '../../base/errors.ts';
import { hasCode } from '../errors/airgap-errors.ts';
import { Loadable } from '../view/loadable.ts';
import type { Loaded } from '../view/loadable.ts';
import type { RegistryReader } from './registry-reader.ts';

export interface Repositories {
  readonly paths: readonly string[];
  /** There are more after this one. */
  readonly next?: string;
  /** Why the registry has no list; it answers otherwise. */
  readonly noCatalog?: unknown;
  /** Why the next page could not be loaded. */
  readonly moreError?: unknown;
}

const PAGE = 100;

/** What a registry answers that has no catalog, or shows it to administrators only (Harbor, GHCR, ECR, …). */
const NO_CATALOG = [
  'oci.not-found',
  'oci.credentials-missing',
  'oci.unauthorized',
  'oci.forbidden',
  'oci.status-unexpected',
];

/** The repositories of one registry, page by page. */
export class RepositoryList {
  readonly #registry: string;
  readonly #reader: RegistryReader;
  readonly #list: Loadable<Repositories>;

  constructor(registry: string, reader: RegistryReader) {
    this.#registry = registry;
    this.#reader = reader;
    this.#list = new Loadable((signal) => this.#first(signal));
  }

  /** What is known without asking the registry. */
  get current(): Loaded<Repositories> {
    return this.#list.current;
  }

  get(): Promise<Loaded<Repositories>> {
    return this.#list.get();
  }

  invalidate(): void {
    this.#list.invalidate();
  }

  async more(signal: AbortSignal): Promise<void> {
    const before = this.#list.current.value;
    if (before?.next === undefined) return;
    try {
      const page = await this.#page(signal, before.next);
      // A refresh in between has begun a new list.
      if (this.#list.current.value !== before) return;
      this.#list.update({ ...page, paths: [...new Set([...before.paths, ...page.paths])] });
    } catch (error) {
      if (!isAbort(error) && this.#list.current.value === before) this.#list.update({ ...before, moreError: error });
    }
  }

  async #first(signal: AbortSignal): Promise<Repositories> {
    try {
      return await this.#page(signal);
    } catch (error) {
      if (!hasCode(error, ...NO_CATALOG)) throw error;
      // Where not even this works, it is not the catalog that is missing.
      if (hasCode(error, 'oci.unauthorized')) await this.#reader.authenticate(this.#registry, signal);
      else await this.#reader.ping(this.#registry, signal);
      return { paths: [], noCatalog: error };
    }
  }

  async #page(signal: AbortSignal, last?: string): Promise<Repositories> {
    const request = { limit: PAGE, signal, ...(last === undefined ? {} : { last }) };
    const { repositories, next } = await this.#reader.repositories(this.#registry, request);
    return { paths: repositories, ...(next === undefined ? {} : { next }) };
  }
}
