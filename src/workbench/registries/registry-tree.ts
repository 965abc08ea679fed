import type { RegistrySetting } from '../../contract/settings.ts';
import { Artifacts } from './artifacts.ts';
import type { ArtifactState } from './artifacts.ts';
import {
  errorNode,
  internalTagsNode,
  moreNode,
  noCatalogNode,
  registryNode,
  repositoryNode,
  tagNode,
} from './nodes.ts';
import type { InternalTagsNode, RegistryNode, RegistryTreeNode, RepositoryNode, TagNode } from './nodes.ts';
import type { Loaded } from '../view/loadable.ts';
import { RepositoryList } from './repository-list.ts';
import type { RegistryReader } from './registry-reader.ts';
import { TagList } from './tag-list.ts';
import type { Tags } from './tag-list.ts';

export interface RegistryTreeOptions {
  readonly reader: RegistryReader;
  readonly registries: () => readonly RegistrySetting[];
  /** A node is to be drawn again, with what is below it; undefined means all of them. */
  readonly changed: (node: RegistryTreeNode | undefined) => void;
}

/** The registries as the view and the quick picks see them: loaded when they are looked at, kept until they are refreshed. */
export class RegistryTree {
  readonly #options: RegistryTreeOptions;
  readonly #artifacts: Artifacts;
  readonly #abort = new AbortController();
  readonly #repositories = new Map<string, RepositoryList>();
  readonly #tags = new Map<string, TagList>();
  /** VS Code knows a node by its identity: there is one object for each id. */
  readonly #nodes = new Map<string, RegistryTreeNode>();

  constructor(options: RegistryTreeOptions) {
    this.#options = options;
    this.#artifacts = new Artifacts(options.reader, options.changed);
  }

  find(id: string): RegistryTreeNode | undefined {
    return this.#nodes.get(id);
  }

  /** Undefined while nothing was asked, empty while it is being asked. */
  artifact(node: TagNode): ArtifactState | undefined {
    return this.#artifacts.get(node);
  }

  /** Repositories that the user added by name. */
  added(registry: string): readonly string[] {
    return this.#options.registries().find(({ host }) => host === registry)?.repositories ?? [];
  }

  /** Those that can be named without asking the registry. */
  knownRepositories(registry: string): readonly string[] {
    const listed = this.repositoryList(registry).current.value?.paths ?? [];
    return [...new Set([...this.added(registry), ...listed])];
  }

  /** Something new was written to a repository. */
  changedAt(registry: string, path: string): void {
    const node = this.find(repositoryNode(registry, path).id) ?? this.find(registryNode(registry).id);
    if (node !== undefined) this.refresh(node);
  }

  internalCount({ registry, path }: InternalTagsNode): number {
    return this.tagList(registry, path).current.value?.internal.length ?? 0;
  }

  repositoryList(registry: string): RepositoryList {
    return entry(this.#repositories, registry, () => new RepositoryList(registry, this.#options.reader));
  }

  tagList(registry: string, path: string): TagList {
    return entry(this.#tags, `${registry}/${path}`, () => new TagList(registry, path, this.#options.reader));
  }

  async children(node?: RegistryTreeNode): Promise<RegistryTreeNode[]> {
    if (node === undefined) return this.#options.registries().map(({ host }) => this.#node(registryNode(host)));
    if (node.kind === 'registry') return this.#registryChildren(node);
    if (node.kind === 'repository') return this.#repositoryChildren(node);
    return node.kind === 'internalTags' ? this.#internalChildren(node) : [];
  }

  /** Asks again for what is below a node; what was there stays until the answer comes. */
  refresh(node: RegistryTreeNode | undefined): void {
    if (node === undefined) {
      for (const list of [...this.#repositories.values(), ...this.#tags.values()]) list.invalidate();
      this.#artifacts.forgetAll();
    } else if (node.kind === 'registry') {
      this.repositoryList(node.registry).invalidate();
    } else if (node.kind === 'repository') {
      this.tagList(node.registry, node.path).invalidate();
      this.#artifacts.forget(`${node.registry}/${node.path}`);
    } else {
      if (node.kind === 'error') this.refresh(node.parent);
      return;
    }
    this.#options.changed(node);
  }

  /** @param id of the node that says that there is more */
  async loadMore(id: string): Promise<void> {
    const more = this.#nodes.get(id);
    if (more?.kind !== 'more') return;
    const { parent } = more;
    if (parent.kind === 'registry') await this.repositoryList(parent.registry).more(this.#abort.signal);
    else if (parent.kind === 'repository') this.tagList(parent.registry, parent.path).more();
    else this.tagList(parent.registry, parent.path).moreInternal();
    this.#options.changed(parent);
  }

  /** Lets go of registries that are not listed any more, and asks again where the last answer was an error. */
  settingsChanged(): void {
    const hosts = new Set(this.#options.registries().map(({ host }) => host));
    for (const [host, list] of this.#repositories) {
      if (!hosts.has(host)) this.#repositories.delete(host);
      if (!hosts.has(host) || hasFailed(list.current)) list.invalidate();
    }
    for (const [repository, list] of this.#tags) {
      const gone = !hosts.has(repository.slice(0, repository.indexOf('/')));
      if (gone) this.#tags.delete(repository);
      if (!gone && !hasFailed(list.current)) continue;
      list.invalidate();
      this.#artifacts.forget(repository);
    }
    for (const [id, node] of this.#nodes) if (!hosts.has(registryOf(node))) this.#nodes.delete(id);
    this.#options.changed(undefined);
  }

  dispose(): void {
    this.#abort.abort();
    this.#artifacts.forgetAll();
    for (const list of this.#repositories.values()) list.invalidate();
    for (const list of this.#tags.values()) list.invalidate();
  }

  async #registryChildren(parent: RegistryNode): Promise<RegistryTreeNode[]> {
    const { value, error } = await this.repositoryList(parent.registry).get();
    const added = this.added(parent.registry);
    const listed = (value?.paths ?? []).filter((path) => !added.includes(path));
    const paths = [...added, ...listed];
    const nodes: RegistryTreeNode[] = paths.map((path) => this.#node(repositoryNode(parent.registry, path)));
    if (error !== undefined) nodes.unshift(this.#latest(errorNode(parent, error)));
    // What the last answer was does not matter beside an error that is newer.
    if (value?.noCatalog !== undefined && error === undefined)
      nodes.push(this.#latest(noCatalogNode(parent.registry, value.noCatalog)));
    if (value?.moreError !== undefined) nodes.push(this.#latest(errorNode(parent, value.moreError)));
    if (value?.next !== undefined) nodes.push(this.#latest(moreNode(parent, paths.length)));
    return nodes;
  }

  async #repositoryChildren(parent: RepositoryNode): Promise<RegistryTreeNode[]> {
    const list = this.tagList(parent.registry, parent.path);
    const { value, error } = await list.get();
    const nodes = this.#tagPage(parent, value?.tags ?? [], list.shown, false);
    this.#artifacts.lookUp(nodes.filter((node) => node.kind === 'tag'));
    if (error !== undefined) nodes.unshift(this.#latest(errorNode(parent, error)));
    if (value !== undefined && value.internal.length > 0) {
      nodes.push(this.#node(internalTagsNode(parent.registry, parent.path)));
    }
    return nodes;
  }

  async #internalChildren(parent: InternalTagsNode): Promise<RegistryTreeNode[]> {
    const list = this.tagList(parent.registry, parent.path);
    const { value } = await list.get();
    return this.#tagPage(parent, value?.internal ?? [], list.internalShown, true);
  }

  #tagPage(
    parent: RepositoryNode | InternalTagsNode,
    tags: Tags['tags'],
    shown: number,
    internal: boolean,
  ): RegistryTreeNode[] {
    const { registry, path } = parent;
    const page = tags.slice(0, shown);
    const nodes: RegistryTreeNode[] = page.map((tag) => this.#node(tagNode(registry, path, tag, internal)));
    if (tags.length > shown) nodes.push(this.#latest(moreNode(parent, shown, tags.length)));
    return nodes;
  }

  /** For nodes that are nothing but their id. */
  #node<Node extends RegistryTreeNode>(made: Node): Node {
    return entry(this.#nodes, made.id, () => made) as Node;
  }

  /** For nodes that say something which changes. */
  #latest<Node extends RegistryTreeNode>(made: Node): Node {
    this.#nodes.set(made.id, made);
    return made;
  }
}

function hasFailed({ error }: Loaded<unknown>): boolean {
  return error !== undefined;
}

function registryOf(node: RegistryTreeNode): string {
  return 'parent' in node ? node.parent.registry : node.registry;
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
