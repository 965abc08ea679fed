import type { Limiter } from '../../base/limiter.ts';
import { SingleFlight } from '../../base/single-flight.ts';
import { TagLists } from '../../carvel/tag-lists.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Registries } from '../../oci/registries.ts';
import type { Repository } from '../../oci/reference.ts';
import { unlessHidden } from './unless-hidden.ts';

/** Pages of the destination's tags that are read; more would cost more than they save. */
const TAG_PAGES = 8;

export interface RepositoryTagsOptions {
  readonly registries: Registries;
  /** Bounds the requests in transit at once. */
  readonly requests: Limiter;
}

/** What the tags of a destination's repository point to, with as few requests as possible. */
export class RepositoryTags {
  readonly #repository: Repository;
  readonly #options: RepositoryTagsOptions;
  readonly #lists: TagLists;
  readonly #atFirst = new SingleFlight<string, Digest | undefined>();
  /** Answers that have been asked for ahead, by tag; each is used once. */
  readonly #ahead = new Map<string, Promise<Digest | undefined>>();

  constructor(repository: Repository, options: RepositoryTagsOptions) {
    this.#repository = repository;
    this.#options = options;
    this.#lists = new TagLists(options.registries);
  }

  /** All tags, read once; undefined if the registry does not list them, or lists too many. */
  list(signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    return this.#lists.list(this.#repository, TAG_PAGES, signal);
  }

  /** What a tag or digest points to, when it was first asked for; `ask` replaces the request. */
  atFirst(
    name: string,
    signal: AbortSignal,
    ask: () => Promise<Digest | undefined> = () => this.#resolveUnlessEmpty(name, signal),
  ): Promise<Digest | undefined> {
    return this.#atFirst.do(name, ask);
  }

  /** Starts to ask for what `resolve` will be called for. An error appears there. */
  askAhead(name: string, signal: AbortSignal): void {
    this.#keepAhead(name, this.#resolveUnlessEmpty(name, signal));
  }

  /** Does the same for a tag only if the list of tags has it. */
  askAheadIfListed(name: string, signal: AbortSignal): void {
    this.list(signal).then(
      (tags) => tags?.has(name) === true && this.#keepAhead(name, this.#request(name, signal)),
      () => undefined,
    );
  }

  /** What a tag or digest points to now, or was found to point to by a request ahead. */
  resolve(name: string, signal: AbortSignal): Promise<Digest | undefined> {
    const ahead = this.#ahead.get(name);
    this.#ahead.delete(name);
    return ahead ?? this.#request(name, signal);
  }

  #keepAhead(name: string, answer: Promise<Digest | undefined>): void {
    this.#ahead.set(name, answer);
    answer.catch(() => undefined);
  }

  async #resolveUnlessEmpty(name: string, signal: AbortSignal): Promise<Digest | undefined> {
    return (await this.list(signal))?.size === 0 ? undefined : this.#request(name, signal);
  }

  async #request(name: string, signal: AbortSignal): Promise<Digest | undefined> {
    const { registry, path } = this.#repository;
    const client = this.#options.registries.client(registry);
    const look = () => client.headManifest(path, name, signal);
    return (await this.#options.requests.run(signal, () => unlessHidden(look)))?.digest;
  }
}
