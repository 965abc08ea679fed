import type { AirgapError } from '../../base/errors.ts';
import type { Package } from '../../packaging/package.ts';
import type { PackageInstall } from '../../packaging/package-install.ts';
import type { PackageRepository } from '../../packaging/package-repository.ts';
import type { ContextTarget } from '../../contract/clusters.ts';
import type { DetailNode } from './install-detail-nodes.ts';

interface Node extends ContextTarget {
  /** Unique in the view and stable across refreshes. */
  readonly id: string;
}

export interface ContextNode extends Node {
  readonly kind: 'context';
}

/** One line with the version and health of kapp-controller. */
export interface HealthNode extends Node {
  readonly kind: 'health';
}

export interface PackageRepositoryNode extends Node {
  readonly kind: 'packageRepository';
  readonly namespace: string;
  readonly name: string;
}

/** All Packages of a cluster, including those without a repository, or all PackageInstalls. */
export interface GroupNode extends Node {
  readonly kind: 'group';
  readonly of: 'packages' | 'installs';
}

export interface PackageNode extends Node {
  readonly kind: 'package';
  readonly package: Package;
  /** Set in the list of all Packages, where each item also names its repository. */
  readonly inPackageList: boolean;
}

export interface InstallNode extends Node {
  readonly kind: 'install';
  readonly install: PackageInstall;
}

/** Stands for the children that are not shown yet. */
export interface MoreNode extends Node {
  readonly kind: 'more';
  readonly left: number;
}

/** Explains why there are no children. */
export interface EmptyNode extends Node {
  readonly kind: 'empty';
  readonly of: 'repositories' | GroupNode['of'];
  /** The PackageRepository without Packages, whose state is the reason. */
  readonly repository?: PackageRepositoryNode;
}

export interface ClusterErrorNode extends Node {
  readonly kind: 'error';
  readonly error: unknown;
  /** The kubeconfig file with the problem; `context` is then empty. */
  readonly file?: string;
}

export type ClusterTreeNode =
  | ContextNode
  | HealthNode
  | PackageRepositoryNode
  | GroupNode
  | PackageNode
  | InstallNode
  | DetailNode
  | MoreNode
  | EmptyNode
  | ClusterErrorNode;

export function contextNode(context: string): ContextNode {
  return { kind: 'context', id: JSON.stringify([context]), context };
}

export function healthNode({ id, context }: ContextNode): HealthNode {
  return { kind: 'health', id: JSON.stringify([id, 'health']), context };
}

export function repositoryNode(context: string, { namespace, name }: PackageRepository): PackageRepositoryNode {
  return { kind: 'packageRepository', id: JSON.stringify([context, namespace, name]), context, namespace, name };
}

export function groupNode(context: string, of: GroupNode['of']): GroupNode {
  return { kind: 'group', id: JSON.stringify([context, of]), context, of };
}

export function packageNode(parent: PackageRepositoryNode | GroupNode, item: Package): PackageNode {
  const id = JSON.stringify([parent.id, item.namespace, item.name]);
  return { kind: 'package', id, context: parent.context, package: item, inPackageList: parent.kind === 'group' };
}

export function installNode(parent: GroupNode, install: PackageInstall): InstallNode {
  const id = JSON.stringify([parent.id, install.namespace, install.name]);
  return { kind: 'install', id, context: parent.context, install };
}

export function moreNode({ id, context }: ClusterTreeNode, left: number): MoreNode {
  return { kind: 'more', id: JSON.stringify([id, 'more']), context, left };
}

export function emptyNode(parent: ClusterTreeNode, of: EmptyNode['of']): EmptyNode {
  const repository = parent.kind === 'packageRepository' ? { repository: parent } : {};
  return { kind: 'empty', id: JSON.stringify([parent.id, 'empty']), context: parent.context, of, ...repository };
}

export function clusterErrorNode(parent: ClusterTreeNode, error: unknown): ClusterErrorNode {
  return { kind: 'error', id: JSON.stringify([parent.id, 'error']), context: parent.context, error };
}

/** The problem with the kubeconfig files, shown next to the contexts that could be read. */
export function kubeconfigProblemNode(problem: AirgapError): ClusterErrorNode {
  const file = String(problem.args['file'] ?? '');
  return { kind: 'error', id: JSON.stringify(['problem', problem.message]), context: '', error: problem, file };
}
