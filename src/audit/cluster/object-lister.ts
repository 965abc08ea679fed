import { AirgapError } from '../../base/errors.ts';
import { defined } from '../../base/json.ts';
import type { AuditFinding } from '../finding.ts';

/** The kinds and lists of a cluster; see ClusterObjects in cluster/objects-api.ts. */
export interface ObjectReader {
  readonly context: string;
  readonly defaultNamespace: string;
  kinds(signal: AbortSignal): Promise<readonly ReadableKind[]>;
  page(
    list: ReadableList,
    signal: AbortSignal,
  ): Promise<{ readonly items: readonly unknown[]; readonly next?: string }>;
}

export interface ReadableKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export interface ReadableList {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit: number;
  readonly next?: string;
}

/** What to list. */
export interface Listing extends Omit<ReadableList, 'limit' | 'next' | 'namespace'> {
  /** For display: `Deployments`. */
  readonly title: string;
  /** Objects per page; fewer for kinds with large objects. */
  readonly pageSize?: number;
  /** The rest of a longer list is not read, which is recorded. */
  readonly atMost?: number;
  /** Whether it has no namespaces. */
  readonly isClusterScoped?: boolean;
}

const PAGE_SIZE = 250;
const CUSTOM = 'custom resources';
/** Errors that concern only one kind. Any other, such as an unreachable server, ends the audit. */
const OF_ONE_KIND = new Set([
  'cluster.api-unavailable',
  'cluster.expired',
  'cluster.invalid',
  'cluster.not-found',
  'cluster.response-invalid',
  'cluster.status-unexpected',
  'cluster.timeout',
]);

/** Lists objects page by page, holding one page at a time, and records what could not be listed. */
export class ObjectLister {
  readonly notChecked: AuditFinding[] = [];
  /** The number of objects read. */
  count = 0;
  /** Whether at least one list was permitted. */
  hasListed = false;
  /** The first refusal. */
  refusal: unknown;
  readonly #reader: ObjectReader;
  readonly #namespace: string | undefined;
  readonly #signal: AbortSignal;
  readonly #onPage: (title: string, objects: number) => void;

  constructor(
    reader: ObjectReader,
    namespace: string | undefined,
    signal: AbortSignal,
    onPage: (title: string, objects: number) => void,
  ) {
    this.#reader = reader;
    this.#namespace = namespace;
    this.#signal = signal;
    this.#onPage = onPage;
  }

  /**
   * Passes every object of a list to `onObject`; some may be passed twice. Without permission to list all namespaces,
   * lists the one of the context.
   * @returns whether the list is complete; a kind that the server does not serve has no objects
   * @throws cluster.… if the cluster cannot be queried at all
   */
  async each(listing: Listing, onObject: (object: unknown) => void | Promise<void>): Promise<boolean> {
    const { title, isClusterScoped = false } = listing;
    const own = isClusterScoped ? undefined : this.#namespace;
    try {
      return await this.#all(listing, own, onObject);
    } catch (error) {
      if (codeOf(error) !== 'cluster.forbidden') return this.#problem(title, error);
      this.refusal ??= error;
      this.#left('not-permitted', title, error);
      if (own !== undefined || isClusterScoped) return false;
      try {
        await this.#all(listing, this.#reader.defaultNamespace, onObject);
      } catch (again) {
        if (codeOf(again) !== 'cluster.forbidden') return this.#problem(title, again);
      }
      return false;
    }
  }

  /** Every kind that can be listed; none, which is recorded, if the server does not tell this user. */
  async kinds(): Promise<readonly ReadableKind[]> {
    try {
      return await this.#reader.kinds(this.#signal);
    } catch (error) {
      if (codeOf(error) === 'cluster.forbidden') this.#left('not-permitted', CUSTOM, error);
      else this.#problem(CUSTOM, error);
      return [];
    }
  }

  async #all(
    listing: Listing,
    namespace: string | undefined,
    onObject: (object: unknown) => void | Promise<void>,
  ): Promise<boolean> {
    try {
      return await this.#pages(listing, namespace, onObject);
    } catch (error) {
      // The next page was requested too late: a list is consistent for some minutes.
      if (codeOf(error) !== 'cluster.expired') throw error;
      return this.#pages(listing, namespace, onObject);
    }
  }

  async #pages(
    listing: Listing,
    namespace: string | undefined,
    onObject: (object: unknown) => void | Promise<void>,
  ): Promise<boolean> {
    const { title, group, version, plural, labelSelector, fieldSelector } = listing;
    const { pageSize = PAGE_SIZE, atMost = Number.POSITIVE_INFINITY } = listing;
    const list = { group, version, plural, limit: pageSize, ...defined({ namespace, labelSelector, fieldSelector }) };
    let read = 0;
    let next: string | undefined;
    do {
      const page = await this.#reader.page({ ...list, ...defined({ next }) }, this.#signal);
      this.hasListed = true;
      for (const item of page.items) await onObject(item);
      read += page.items.length;
      this.count += page.items.length;
      this.#onPage(title, this.count);
      next = page.next;
      if (next !== undefined && read >= atMost) {
        this.notChecked.push({ code: 'list-cut', args: { limit: read, what: title } });
        return false;
      }
    } while (next !== undefined);
    return true;
  }

  #problem(title: string, error: unknown): boolean {
    const code = codeOf(error);
    if (code === 'cluster.api-missing') return true;
    if (!OF_ONE_KIND.has(code)) throw error;
    this.#left('not-listed', title, error);
    return false;
  }

  #left(code: 'not-permitted' | 'not-listed', what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.notChecked.push({ code, args: { what, reason } });
  }
}

/** Errors of a cluster may come from another bundle, so they are recognized by their code. */
export function codeOf(error: unknown): string {
  if (error instanceof AirgapError) return error.code;
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
