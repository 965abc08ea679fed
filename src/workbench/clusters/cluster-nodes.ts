import type { Package } from '../../packaging/package.ts';
import type { PackageRepository } from '../../packaging/package-repository.ts';
import type { ContextTarget } from '../../contract/clusters.ts';

interface Node extends ContextTarget {
  /** Unique in the view and the same after each refresh. */
  readonly id: string;
}

export interface ContextNode extends Node {
  readonly kind: 'context';
}

export interface PackageRepositoryNode extends Node {
  readonly kind: 'packageRepository';
  readonly namespace: string;
  readonly name: string;
}

export interface PackageNode extends Node {
  readonly kind: 'package';
  readonly package: Package;
}

/** There is nothing to show, and why. */
export interface EmptyNode extends Node {
  readonly kind: 'empty';
  readonly of: 'repositories' | 'packages';
}

export interface ClusterErrorNode extends Node {
  readonly kind: 'error';
  readonly error: unknown;
}

export type ClusterTreeNode = ContextNode | PackageRepositoryNode | PackageNode | EmptyNode | ClusterErrorNode;

export function contextNode(context: string): ContextNode {
  return { kind: 'context', id: JSON.stringify([context]), context };
}

export function repositoryNode(context: string, { namespace, name }: PackageRepository): PackageRepositoryNode {
  return { kind: 'packageRepository', id: JSON.stringify([context, namespace, name]), context, namespace, name };
}

export function packageNode(repository: PackageRepositoryNode, item: Package): PackageNode {
  const id = JSON.stringify([repository.id, item.namespace, item.name]);
  return { kind: 'package', id, context: repository.context, package: item };
}

export function emptyNode(parent: ContextNode | PackageRepositoryNode, of: EmptyNode['of']): EmptyNode {
  return { kind: 'empty', id: JSON.stringify([parent.id, 'empty']), context: parent.context, of };
}

export function clusterErrorNode(parent: ContextNode | PackageRepositoryNode, error: unknown): ClusterErrorNode {
  return { kind: 'error', id: JSON.stringify([parent.id, 'error']), context: parent.context, error };
}
