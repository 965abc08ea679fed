import type { RegistrySetting } from '../../contract/settings.ts';
import type { RepositoryTarget } from '../../contract/targets.ts';
import { Artifacts } from './artifacts.ts';
import type { ArtifactState } from './artifacts.ts';
import { Contents } from './contents.ts';
import {
  NodeTable,
  isSameOrDescendant,
  listedRegistryOf,
  noRegistriesNode,
  readingNode,
  registryNode,
  repositoryNode,
  tagNode,
} from './nodes.ts';
import type { ImageNode, InternalTagsNode, RegistryNode, RegistryTreeNode, RepositoryNode } from './nodes.ts';
import { RegistryLists } from './registry-lists.ts';
import type { ContentReader, RegistryReader } from './registry-reader.ts';
import type { RepositoryList } from './repository-list.ts';
import type { TagList } from './tag-list.ts';
import { repositoryNodes, internalTagNodes, tagNodes } from './list-nodes.ts';
import { Tarballs } from './tarballs.ts';
import type { TarballsOptions } from './tarballs.ts';

export interface RegistryTreeOptions {
  readonly reader: RegistryReader & ContentReader;
  readonly tarballs: Omit<TarballsOptions, 'changed'>;
  readonly registries: () => readonly RegistrySetting[];
  /** Called when a node and its children must be redrawn; undefined for the complete view. */
  readonly changed: (node: RegistryTreeNode | undefined) => void;
}

/** The data of the Registries view and the quick picks, loaded when first shown and kept until refreshed. */
export class RegistryTree {
  readonly #options: RegistryTreeOptions;
  readonly #nodes = new NodeTable();
  readonly #artifacts: Artifacts;
  readonly #contents: Contents;
  readonly #tarballs: Tarballs;
  readonly #abort = new AbortController();
  readonly #lists: RegistryLists;

  constructor(options: RegistryTreeOptions) {
    this.#options = options;
    this.#lists = new RegistryLists(options.reader, (at, isComplete) => this.#tagsProgressed(at, isComplete));
    this.#artifacts = new Artifacts(options.reader, options.changed);
    this.#contents = new Contents(options.reader, this.#nodes);
    this.#tarballs = new Tarballs({ ...options.tarballs, changed: () => options.changed(undefined) }, this.#nodes);
  }

  find(id: string): RegistryTreeNode | undefined {
    return this.#nodes.find(id);
  }

  /** Undefined if no lookup was started; while it is running, the previous result. */
  artifact(node: ImageNode): ArtifactState | undefined {
    return this.#artifacts.get(node);
  }

  /** Looks up an image unless it is already known. */
  findArtifact(node: ImageNode): Promise<ArtifactState> {
    return this.#artifacts.find(node);
  }

  /** Like `findArtifact`, and also determines the size of a bundle with its images. */
  findArtifactWithSize(node: ImageNode): Promise<ArtifactState> {
    return this.#artifacts.findSize(node);
  }

  /** The repositories that the user added by name. */
  added(registry: string): readonly string[] {
    return this.#options.registries().find(({ host }) => host === registry)?.repositories ?? [];
  }

  /** The repositories known without a request. */
  knownRepositories(registry: string): readonly string[] {
    const listed = this.repositoryList(registry).current.value?.paths ?? [];
    return [...new Set([...this.added(registry), ...listed])];
  }

  /** The known tags of a digest, including the one that imgpkg adds. */
  knownTags(registry: string, path: string, digest: string): string[] {
    const { tags = [], internal = [] } = this.tagList(registry, path).current.value ?? {};
    const known = tags.filter((tag) => {
      const node = this.#nodes.find(tagNode(registry, path, tag, false).id);
      return node?.kind === 'tag' && this.artifact(node)?.artifact?.digest === digest;
    });
    return [...known, ...internal.filter((tag) => tag === `${digest.replace(':', '-')}.imgpkg`)];
  }

  /** Called after something was written to or deleted from a repository. */
  changedAt(registry: string, path: string): void {
    const node = this.find(repositoryNode(registry, path).id) ?? this.find(registryNode(registry).id);
    if (node !== undefined) this.refresh(node);
  }

  /** Redraws a node without a request. */
  redraw(id: string): void {
    const node = this.find(id);
    if (node !== undefined) this.#options.changed(node);
  }

  internalCount({ registry, path }: InternalTagsNode): number {
    return this.tagList(registry, path).current.value?.internal.length ?? 0;
  }

  repositoryList(registry: string): RepositoryList {
    return this.#lists.repositories(registry);
  }

  tagList(registry: string, path: string): TagList {
    return this.#lists.tags(registry, path);
  }

  async children(node?: RegistryTreeNode): Promise<RegistryTreeNode[]> {
    switch (node?.kind) {
      case undefined:
        return this.#roots();
      case 'registry':
        return repositoryNodes(this.#nodes, node, this.repositoryList(node.registry), this.added(node.registry));
      case 'repository':
        return this.#tags(node);
      case 'internalTags':
        return internalTagNodes(this.#nodes, node, this.tagList(node.registry, node.path));
      case 'tag':
      case 'content':
        return this.#imageChildren(node);
      case 'tarballs':
        return this.#tarballs.files();
      case 'tarball':
        return this.#tarballs.entries(node);
      case 'entry':
        return [...node.entries];
      case 'more':
      case 'reading':
      case 'filter':
      case 'noCatalog':
      case 'noRegistries':
      case 'nothing':
      case 'error':
      default:
        return [];
    }
  }

  /** The node above a registry, repository or tag; undefined for a root, and for nodes that are not revealed. */
  parent(node: RegistryTreeNode): RegistryTreeNode | undefined {
    if (node.kind === 'repository') return this.find(registryNode(node.registry).id);
    return node.kind === 'tag' ? this.find(repositoryNode(node.registry, node.path).id) : undefined;
  }

  /** Reloads the children of a node; the current ones stay visible until then. */
  refresh(node: RegistryTreeNode | undefined): void {
    if (node?.kind === 'error') return this.refresh(node.parent);
    if (node === undefined) {
      this.#lists.invalidate();
      this.#forget(() => true);
      this.#tarballs.invalidate();
    } else if (node.kind === 'registry') {
      this.#lists.invalidate(node.registry);
      this.#forget((image) => listedRegistryOf(image) === node.registry);
    } else if (node.kind === 'repository') {
      this.#lists.of(node).invalidate();
      this.#forget((image) => isSameOrDescendant(image, node));
    } else if (node.kind === 'tag' || node.kind === 'content') {
      this.#forget((image) => isSameOrDescendant(image, node));
      this.#artifacts.lookUp([node]);
    } else if (node.kind === 'tarballs' || node.kind === 'tarball') {
      this.tarballsChanged();
      return;
    }
    this.#options.changed(node);
  }

  /** Reloads a registry because its connection settings or credentials changed. */
  reloadRegistry(registry: string): void {
    this.#lists.invalidate(registry);
    this.#forget((image) => listedRegistryOf(image) === registry);
    this.#options.changed(this.find(registryNode(registry).id));
  }

  /**
   * Called when a node is collapsed. The node is not redrawn, because VS Code would request its children even though it is
   * collapsed.
   */
  collapsed(node: RegistryTreeNode): void {
    if (node.kind === 'repository') this.tagList(node.registry, node.path).stop();
  }

  /** Called when a node is expanded. VS Code has cached its children, so only the rest of an incomplete list is loaded. */
  expanded(node: RegistryTreeNode): void {
    if (node.kind === 'repository' && this.tagList(node.registry, node.path).isStopped) this.#options.changed(node);
  }

  /** Called when tarballs in the workspace were created, deleted or changed. */
  tarballsChanged(): void {
    this.#tarballs.invalidate();
    this.#options.changed(undefined);
  }

  /** @param id of the node that stands for the hidden children */
  async loadMore(id: string): Promise<void> {
    const more = this.#nodes.find(id);
    if (more?.kind !== 'more') return;
    const { parent } = more;
    if (parent.kind === 'registry') await this.repositoryList(parent.registry).more(this.#abort.signal);
    else if (parent.kind === 'repository') this.tagList(parent.registry, parent.path).more();
    else if (parent.kind === 'internalTags') this.tagList(parent.registry, parent.path).moreInternal();
    else if (parent.kind !== 'tarball') this.#contents.more(parent);
    this.#options.changed(parent);
  }

  filterOf(node: RegistryNode | RepositoryNode): string | undefined {
    return this.#lists.of(node).filter;
  }

  /** Filters the children of a node by name; undefined removes the filter. */
  setFilter(node: RegistryNode | RepositoryNode, text: string | undefined): void {
    this.#lists.of(node).setFilter(text);
    this.#options.changed(node);
  }

  /** Removes registries that are no longer listed, and reloads what failed before. */
  settingsChanged(): void {
    const hosts = new Set(this.#options.registries().map(({ host }) => host));
    const isRemoved = (node: RegistryTreeNode): boolean => {
      const registry = listedRegistryOf(node);
      return registry !== undefined && !hosts.has(registry);
    };
    const forgotten = this.#lists.keepOnly(hosts);
    this.#forget((image) => forgotten.has(`${listedRegistryOf(image) ?? ''}/${image.path}`));
    this.#forget(isRemoved);
    this.#nodes.forget(isRemoved);
    this.#options.changed(undefined);
  }

  dispose(): void {
    this.#abort.abort();
    this.#forget(() => true);
    this.#tarballs.invalidate();
    this.#lists.invalidate();
  }

  #roots(): RegistryTreeNode[] {
    const registries = this.#options.registries().map(({ host }) => this.#nodes.same(registryNode(host)));
    const tarballs = this.#tarballs.root();
    if (tarballs === undefined) return registries;
    return registries.length > 0 ? [...registries, tarballs] : [this.#nodes.same(noRegistriesNode()), tarballs];
  }

  async #imageChildren(node: ImageNode): Promise<RegistryTreeNode[]> {
    const { artifact } = await this.#artifacts.find(node);
    return artifact === undefined ? [] : this.#lookedUp(await this.#contents.children(node, artifact));
  }

  async #tags(node: RepositoryNode): Promise<RegistryTreeNode[]> {
    const nodes = await tagNodes(this.#nodes, node, this.tagList(node.registry, node.path));
    // While the list is being read, new names may be sorted before the visible ones.
    return nodes.some(({ kind }) => kind === 'reading') ? nodes : this.#lookedUp(nodes);
  }

  #tagsProgressed({ registry, path }: RepositoryTarget, isComplete: boolean): void {
    const repository = repositoryNode(registry, path);
    const node = this.find(isComplete ? repository.id : readingNode(repository).id);
    if (node !== undefined) this.#options.changed(node);
  }

  /** Starts the lookup of visible images. */
  #lookedUp(nodes: RegistryTreeNode[]): RegistryTreeNode[] {
    this.#artifacts.lookUp(nodes.filter((node) => node.kind === 'tag' || node.kind === 'content'));
    return nodes;
  }

  #forget(isGone: (node: ImageNode) => boolean): void {
    this.#artifacts.forget(isGone);
    this.#contents.forget(isGone);
    // The images of a lock may now be in another place.
    this.#nodes.forget((node) => node.kind === 'content' && isGone(node));
  }
}
