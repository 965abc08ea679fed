import type { FileTarget } from '../../contract/relocations.ts';
import type { ImageTarget, RegistryTarget, RepositoryTarget } from '../../contract/targets.ts';

interface Node {
  /** Unique in the view and the same after each refresh, so that VS Code keeps what is open and selected. */
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
  /** One of imgpkg's or cosign's own tags. */
  readonly internal: boolean;
}

/** What an image, index or bundle holds, or what is attached to it. */
export interface ContentNode extends Node, ImageTarget {
  readonly kind: 'content';
  readonly digest: string;
  readonly parent: ImageNode;
  readonly content: Content;
}

export type Content =
  /** Of a bundle's lock. `origin` is the repository that the lock names; not `beside` the bundle, it is to be found there. */
  | { readonly role: 'locked'; readonly origin: string; readonly inSameRepository: boolean }
  /** Of an index. */
  | { readonly role: 'platform'; readonly platform: string | undefined }
  | {
      readonly role: 'attached';
      readonly tag?: string;
      readonly artifactType?: string;
      readonly mediaType: string;
      /** bytes */
      readonly size: number;
    };

/** What can be looked up: it has a manifest. */
export type ImageNode = TagNode | ContentNode;

/** Where imgpkg's and cosign's own tags are folded away. */
export interface InternalTagsNode extends Node, RepositoryTarget {
  readonly kind: 'internalTags';
}

/** Where the tarballs of the workspace are. */
export interface TarballsNode extends Node {
  readonly kind: 'tarballs';
}

export interface TarballNode extends Node, FileTarget {
  readonly kind: 'tarball';
  /** As the workspace shows it. */
  readonly name: string;
}

/** Nodes that have children. */
export type ParentNode = RegistryNode | RepositoryNode | InternalTagsNode | ImageNode | TarballNode;

/** There is more below `parent` than is shown. */
export interface MoreNode extends Node {
  readonly kind: 'more';
  readonly parent: ParentNode;
  readonly shown: number;
  /** Not known while a registry hands out its list in pages. */
  readonly total?: number;
}

/** What is shown below `parent` is the beginning of a list that is being read. */
export interface ReadingNode extends Node {
  readonly kind: 'reading';
  readonly parent: RepositoryNode;
}

/** Only some of what is below `parent` is shown: those with this text. */
export interface FilterNode extends Node {
  readonly kind: 'filter';
  readonly parent: RegistryNode | RepositoryNode;
  readonly text: string;
  readonly matching: number;
  readonly total: number;
}

/** The registry has no catalog or does not let us see it. */
export interface NoCatalogNode extends Node, RegistryTarget {
  readonly kind: 'noCatalog';
  readonly error: unknown;
}

/** There is nothing in or on the image. */
export interface NoContentNode extends Node {
  readonly kind: 'nothing';
  readonly parent: ParentNode;
}

/** What a tarball holds: `parent` is the tarball or a bundle in it. */
export interface EntryNode extends Node {
  readonly kind: 'entry';
  readonly parent: TarballNode | EntryNode;
  /** Of the tarball. */
  readonly fsPath: string;
  readonly name: string;
  readonly image: 'bundle' | 'image' | 'index';
  readonly digest: string;
  readonly mediaType: string;
  /** bytes */
  readonly size: number;
  readonly entries: readonly EntryNode[];
}

/** What is below `parent` could not be loaded, or its next page. */
export interface ErrorNode extends Node {
  readonly kind: 'error';
  readonly parent: ParentNode;
  readonly error: unknown;
  /** The registry that was asked, and the repository where it is one that could not be read. */
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

export function noContentNode(parent: ParentNode): NoContentNode {
  return { kind: 'nothing', id: `nothing:${parent.id}`, parent };
}

/** @param part tells errors of one parent apart */
export function errorNode(parent: ParentNode, error: unknown, part = ''): ErrorNode {
  const id = `error${part}:${parent.id}`;
  if (parent.kind === 'tarball') return { kind: 'error', id, parent, error };
  const path = parent.kind === 'registry' ? {} : { path: parent.path };
  return { kind: 'error', id, registry: parent.registry, ...path, parent, error };
}

/** The registry in the list below which a node is; undefined for tarballs and what is in them. */
export function listedRegistryOf(node: RegistryTreeNode): string | undefined {
  if (node.kind === 'tarballs' || node.kind === 'tarball') return undefined;
  if ('parent' in node) return listedRegistryOf(node.parent);
  return node.registry;
}

/** Whether an image is a node, or below it. */
export function isBelow(image: ImageNode, node: RepositoryNode | ImageNode): boolean {
  if (image.id === node.id) return true;
  if (image.kind === 'content') return isBelow(image.parent, node);
  return node.kind === 'repository' && image.registry === node.registry && image.path === node.path;
}
