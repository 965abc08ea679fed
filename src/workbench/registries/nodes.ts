import type { FileTarget } from '../../contract/relocations.ts';
import type { ImageTarget, RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';

interface Node {
  /** Unique in the view and stable across refreshes, so that VS Code keeps the expanded and selected state. */
  readonly id: string;
}

export interface RegistryNode extends Node, RegistryTarget {
  readonly kind: 'registry';
}

export interface RepositoryNode extends Node, RepositoryTarget {
  readonly kind: 'repository';
}

export interface TagNode extends Node, ImageTarget {
  readonly kind: 'tag';
  readonly tag: string;
  /** Whether this is an internal tag of imgpkg or cosign. */
  readonly internal: boolean;
}

/** A part of an image, index or bundle, or something attached to it. */
export interface ContentNode extends Node, ImageTarget {
  readonly kind: 'content';
  readonly digest: string;
  readonly parent: ImageNode;
  readonly content: Content;
}

export type Content =
  /**
   * An entry of a bundle's lock. `label` is unique in the lock. `origin` is the repository named in the lock, where the
   * image is unless `inSameRepository` is set.
   */
  | { readonly role: 'locked'; readonly label: string; readonly origin: string; readonly inSameRepository: boolean }
  /** An entry of an index. */
  | { readonly role: 'platform'; readonly platform: string | undefined }
  | {
      readonly role: 'attached';
      readonly tag?: string;
      readonly artifactType?: string;
      readonly mediaType: string;
      /** In bytes. */
      readonly size: number;
    };

/** A node with a manifest that can be looked up. */
export type ImageNode = TagNode | ContentNode;

/** Groups the internal tags of imgpkg and cosign. */
export interface InternalTagsNode extends Node, RepositoryTarget {
  readonly kind: 'internalTags';
}

/** Groups the tarballs of the workspace. */
export interface TarballsNode extends Node {
  readonly kind: 'tarballs';
}

export interface TarballNode extends Node, FileTarget {
  readonly kind: 'tarball';
  /** The path relative to the workspace folder. */
  readonly name: string;
}

export type ParentNode = RegistryNode | RepositoryNode | InternalTagsNode | ImageNode | TarballNode;

/** Stands for the children of `parent` that are not shown yet. */
export interface MoreNode extends Node {
  readonly kind: 'more';
  readonly parent: ParentNode;
  readonly shown: number;
  /** Unknown while the registry returns its list in pages. */
  readonly total?: number;
}

/** Shown while the rest of the list below `parent` is being read. */
export interface ReadingNode extends Node {
  readonly kind: 'reading';
  readonly parent: RepositoryNode;
}

/** Shows the active filter; only matching children of `parent` are listed. */
export interface FilterNode extends Node {
  readonly kind: 'filter';
  readonly parent: RegistryNode | RepositoryNode;
  readonly text: string;
  readonly matching: number;
  readonly total: number;
}

/** The registry does not support listing repositories or does not allow it. */
export interface NoCatalogNode extends Node, RegistryTarget {
  readonly kind: 'noCatalog';
  readonly error: unknown;
}

/** Shown above tarballs while no registry is listed; VS Code shows its welcome text only in an empty view. */
export interface NoRegistriesNode extends Node {
  readonly kind: 'noRegistries';
}

/** There is nothing below `parent`: no repositories, tags, content or attachments. */
export interface NoContentNode extends Node {
  readonly kind: 'nothing';
  readonly parent: ParentNode;
}

/** An entry of a tarball. `parent` is the tarball or a bundle in it. */
export interface EntryNode extends Node {
  readonly kind: 'entry';
  readonly parent: TarballNode | EntryNode;
  /** The path of the tarball. */
  readonly fsPath: string;
  readonly name: string;
  readonly image: 'bundle' | 'image' | 'index';
  readonly digest: string;
  readonly mediaType: string;
  /** In bytes. */
  readonly size: number;
  readonly entries: readonly EntryNode[];
}

/** The children of `parent`, or the next page of them, could not be loaded. */
export interface ErrorNode extends Node {
  readonly kind: 'error';
  readonly parent: ParentNode;
  readonly error: unknown;
  /** The registry of the failed request, and its repository if only that one could not be read. */
  readonly registry?: string;
  readonly path?: string;
}

export type RegistryTreeNode =
  | ParentNode
  | TarballsNode
  | MoreNode
  | ReadingNode
  | FilterNode
  | NoCatalogNode
  | NoRegistriesNode
  | NoContentNode
  | EntryNode
  | ErrorNode;

export function registryNode(registry: string): RegistryNode {
  return { kind: 'registry', id: `registry:${registry}`, registry };
}

export function repositoryNode(registry: string, path: string): RepositoryNode {
  return { kind: 'repository', id: `repository:${registry}/${path}`, registry, path };
}

export function tagNode(registry: string, path: string, tag: string, internal: boolean): TagNode {
  return { kind: 'tag', id: `tag:${registry}/${path}:${tag}`, registry, path, tag, internal };
}

export function contentNode(
  parent: ImageNode,
  place: Required<Omit<ImageTarget, 'tag'>>,
  content: Content,
): ContentNode {
  const { registry, path, digest } = place;
  const tag = content.role === 'attached' && content.tag !== undefined ? `:${content.tag}` : '';
  const id = `content:${content.role}:${digest}${tag}<${parent.id}`;
  return { kind: 'content', id, parent, registry, path, digest, content };
}

export function internalTagsNode(registry: string, path: string): InternalTagsNode {
  return { kind: 'internalTags', id: `internal:${registry}/${path}`, registry, path };
}

export function moreNode(parent: ParentNode, shown: number, total?: number): MoreNode {
  return { kind: 'more', id: `more:${parent.id}`, parent, shown, ...(total === undefined ? {} : { total }) };
}

export function readingNode(parent: RepositoryNode): ReadingNode {
  return { kind: 'reading', id: `reading:${parent.id}`, parent };
}

export function filterNode(
  parent: RegistryNode | RepositoryNode,
  text: string,
  matching: number,
  total: number,
): FilterNode {
  return { kind: 'filter', id: `filter:${parent.id}`, parent, text, matching, total };
}

export function noCatalogNode(registry: string, error: unknown): NoCatalogNode {
  return { kind: 'noCatalog', id: `catalog:${registry}`, registry, error };
}

export function noRegistriesNode(): NoRegistriesNode {
  return { kind: 'noRegistries', id: 'noRegistries' };
}

export function noContentNode(parent: ParentNode): NoContentNode {
  return { kind: 'nothing', id: `nothing:${parent.id}`, parent };
}

/** @param part distinguishes several errors below one parent */
export function errorNode(parent: ParentNode, error: unknown, part = ''): ErrorNode {
  const id = `error${part}:${parent.id}`;
  if (parent.kind === 'tarball') return { kind: 'error', id, parent, error };
  const path = parent.kind === 'registry' ? {} : { path: parent.path };
  return { kind: 'error', id, registry: parent.registry, ...path, parent, error };
}

/** The listed registry that contains a node; undefined for tarballs and their content. */
export function listedRegistryOf(node: RegistryTreeNode): string | undefined {
  if (node.kind === 'tarballs' || node.kind === 'tarball' || node.kind === 'noRegistries') return undefined;
  if ('parent' in node) return listedRegistryOf(node.parent);
  return node.registry;
}

/** Whether an image is the node itself or one of its descendants. */
export function isSameOrDescendant(image: ImageNode, node: RepositoryNode | ImageNode): boolean {
  if (image.id === node.id) return true;
  if (image.kind === 'content') return isSameOrDescendant(image.parent, node);
  return node.kind === 'repository' && image.registry === node.registry && image.path === node.path;
}

/** Maps ids to nodes, because VS Code identifies a node by object identity. */
export class NodeTable {
  readonly #nodes = new Map<string, RegistryTreeNode>();

  find(id: string): RegistryTreeNode | undefined {
    return this.#nodes.get(id);
  }

  /** Returns the existing node with the same id, for nodes without changing data. */
  same<Node extends RegistryTreeNode>(made: Node): Node {
    const known = this.#nodes.get(made.id);
    if (known !== undefined) return known as Node;
    this.#nodes.set(made.id, made);
    return made;
  }

  /** Replaces the node with the same id, for nodes with changing data. */
  latest<Node extends RegistryTreeNode>(made: Node): Node {
    this.#nodes.set(made.id, made);
    return made;
  }

  forget(isRemoved: (node: RegistryTreeNode) => boolean): void {
    for (const [id, node] of this.#nodes) if (isRemoved(node)) this.#nodes.delete(id);
  }
}
