import type { RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';
import type { Loaded } from '../view/loadable.ts';
import { RepositoryList } from './repository-list.ts';
import type { RegistryReader } from './registry-reader.ts';
import { TagList } from './tag-list.ts';

/** Called when more tags of a visible list, or all of them, were read. */
export type TagsProgressed = (repository: RepositoryTarget, isComplete: boolean) => void;

/** The lists of repositories and tags, created on first use. */
export class RegistryLists {
  readonly #reader: RegistryReader;
  readonly #progressed: TagsProgressed;
  readonly #repositories = new Map<string, RepositoryList>();
  /** Keyed by registry/path. */
  readonly #tags = new Map<string, TagList>();

  constructor(reader: RegistryReader, progressed: TagsProgressed) {
    this.#reader = reader;
    this.#progressed = progressed;
  }

  repositories(registry: string): RepositoryList {
    return entry(this.#repositories, registry, () => new RepositoryList(registry, this.#reader));
  }

  tags(registry: string, path: string): TagList {
    const progressed = (isComplete: boolean): void => this.#progressed({ registry, path }, isComplete);
    return entry(this.#tags, `${registry}/${path}`, () => new TagList(registry, path, this.#reader, progressed));
  }

  /** The list of the children of a registry or repository. */
  of(target: RegistryTarget | RepositoryTarget): RepositoryList | TagList {
    return 'path' in target ? this.tags(target.registry, target.path) : this.repositories(target.registry);
  }

  /** Invalidates the lists of one registry or of all registries. */
  invalidate(registry?: string): void {
    for (const [host, list] of this.#repositories) if (registry === undefined || host === registry) list.invalidate();
    for (const [repository, list] of this.#tags) {
      if (registry === undefined || repository.startsWith(`${registry}/`)) list.invalidate();
    }
  }

  /**
   * Discards the lists of all other registries and invalidates those that failed.
   * @returns the repositories, as registry/path, whose tags are no longer known
   */
  keepOnly(hosts: ReadonlySet<string>): Set<string> {
    for (const [host, list] of this.#repositories) {
      if (!hosts.has(host)) this.#repositories.delete(host);
      if (!hosts.has(host) || hasFailed(list.current)) list.invalidate();
    }
    const forgotten = new Set<string>();
    for (const [repository, list] of this.#tags) {
      const isRemoved = !hosts.has(repository.slice(0, repository.indexOf('/')));
      if (isRemoved) this.#tags.delete(repository);
      if (!isRemoved && !hasFailed(list.current)) continue;
      list.invalidate();
      forgotten.add(repository);
    }
    return forgotten;
  }
}

function hasFailed({ error }: Loaded<unknown>): boolean {
  return error !== undefined;
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
