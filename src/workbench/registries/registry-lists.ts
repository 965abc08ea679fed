import type { RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';
import type { Loaded } from '../view/loadable.ts';
import { RepositoryList } from './repository-list.ts';
import type { RegistryReader } from './registry-reader.ts';
import { TagList } from './tag-list.ts';

/** More tags were read of a repository of which some are on show, or all of them. */
export type TagsProgressed = (repository: RepositoryTarget, isComplete: boolean) => void;

/** The lists of repositories and tags, each made when it is first looked at. */
export class RegistryLists {
  readonly #reader: RegistryReader;
  readonly #progressed: TagsProgressed;
  readonly #repositories = new Map<string, RepositoryList>();
  /** By registry/path. */
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

  /** What is below a registry or a repository. */
  of(target: RegistryTarget | RepositoryTarget): RepositoryList | TagList {
    return 'path' in target ? this.tags(target.registry, target.path) : this.repositories(target.registry);
  }

  /** Those of one registry, or all. */
  invalidate(registry?: string): void {
    for (const [host, list] of this.#repositories) if (registry === undefined || host === registry) list.invalidate();
    for (const [repository, list] of this.#tags) {
      if (registry === undefined || repository.startsWith(`${registry}/`)) list.invalidate();
    }
  }

  /**
   * Lets go of the lists of other registries, and has those asked for again whose last answer was an error.
   * @returns the repositories whose tags are not known any more, as registry/path
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
