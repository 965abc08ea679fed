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

/** Where imgpkg's and cosign's own tags are folded away. */
export interface InternalTagsNode extends Node, RepositoryTarget {
  readonly kind: 'internalTags';
}

/** Nodes that have children. */
export type ParentNode = RegistryNode | RepositoryNode | InternalTagsNode;

/** There is more below `parent` than is shown. */
export interface MoreNode extends Node {
  readonly kind: 'more';
  readonly parent: ParentNode;
  readonly shown: number;
  /** Not known while a registry hands out its list in pages. */
  readonly total?: number;
}

/** The registry has no catalog or does not let us see it. */
export interface NoCatalogNode extends Node, RegistryTarget {
  readonly kind: 'noCatalog';
  readonly error: unknown;
}

/** What is below `parent` could not be loaded, or its next page. */
export interface ErrorNode extends Node, RegistryTarget {
  readonly kind: 'error';
  /** The repository, where it is one that could not be read. */
  readonly path?: string;
  readonly parent: ParentNode;
  readonly error: unknown;
}

export type RegistryTreeNode = ParentNode | TagNode | MoreNode | NoCatalogNode | ErrorNode;

export function registryNode(registry: string): RegistryNode {
  return { kind: 'registry', id: `registry:${registry}`, registry };
}

export function repositoryNode(registry: string, path: string): RepositoryNode {
  return { kind: 'repository', id: `repository:${registry}/${path}`, registry, path };
}

export function tagNode(registry: string, path: string, tag: string, internal: boolean): TagNode {
  return { kind: 'tag', id: `tag:${registry}/${path}:${tag}`, registry, path, tag, internal };
}

export function internalTagsNode(registry: string, path: string): InternalTagsNode {
  return { kind: 'internalTags', id: `internal:${registry}/${path}`, registry, path };
}

export function moreNode(parent: ParentNode, shown: number, total?: number): MoreNode {
  return { kind: 'more', id: `more:${parent.id}`, parent, shown, ...(total === undefined ? {} : { total }) };
}

export function noCatalogNode(registry: string, error: unknown): NoCatalogNode {
  return { kind: 'noCatalog', id: `catalog:${registry}`, registry, error };
}

export function errorNode(parent: ParentNode, error: unknown): ErrorNode {
  const { registry } = parent;
  const path = parent.kind === 'registry' ? {} : { path: parent.path };
  return { kind: 'error', id: `error:${parent.id}`, registry, ...path, parent, error };
}
