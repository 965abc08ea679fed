import type { Listing } from '../../cluster/api.ts';
import {
  clusterErrorNode,
  emptyNode,
  groupNode,
  healthNode,
  installNode,
  moreNode,
  packageNode,
  repositoryNode,
} from './cluster-nodes.ts';
import type { ClusterTreeNode, ContextNode, EmptyNode, GroupNode, PackageRepositoryNode } from './cluster-nodes.ts';
import type { ClusterView } from './cluster-watch.ts';
import type { PackageIndex } from './package-index.ts';

/** Number of children shown before the user asks for more. */
export const PAGE = 200;

/** The children of a context, problems first. */
export function contextChildren(parent: ContextNode, { snapshot, error }: ClusterView): ClusterTreeNode[] {
  const problem = error ?? snapshot?.repositories.problem?.error;
  const wrong = problem === undefined ? [] : [clusterErrorNode(parent, problem)];
  if (snapshot === undefined) return wrong;
  const repositories = snapshot.repositories.items.map((item) => repositoryNode(parent.context, item));
  const none = repositories.length === 0 && problem === undefined && snapshot.repositories.complete;
  return [
    ...wrong,
    // Always present, so that the items below do not move when the health becomes known.
    healthNode(parent),
    ...repositories,
    ...(none ? [emptyNode(parent, 'repositories')] : []),
    groupNode(parent.context, 'packages'),
    groupNode(parent.context, 'installs'),
  ];
}

/** @param limit maximum number of Packages to show */
export function repositoryChildren(
  parent: PackageRepositoryNode,
  { snapshot }: ClusterView,
  index: PackageIndex,
  limit: number,
): ClusterTreeNode[] {
  if (snapshot === undefined) return [];
  const own = index.of(snapshot.packages.items, parent);
  return listed(parent, own, snapshot.packages, 'packages', limit, (item) => packageNode(parent, item));
}

export function groupChildren(
  parent: GroupNode,
  { snapshot }: ClusterView,
  index: PackageIndex,
  limit: number,
): ClusterTreeNode[] {
  if (snapshot === undefined) return [];
  const { packages, installs } = snapshot;
  if (parent.of === 'installs') {
    return listed(parent, installs.items, installs, 'installs', limit, (item) => installNode(parent, item));
  }
  return listed(parent, index.all(packages.items), packages, 'packages', limit, (item) => packageNode(parent, item));
}

function listed<Item>(
  parent: ClusterTreeNode,
  items: readonly Item[],
  { problem, complete }: Listing<unknown>,
  of: EmptyNode['of'],
  limit: number,
  node: (item: Item) => ClusterTreeNode,
): ClusterTreeNode[] {
  const shown = items.slice(0, limit).map(node);
  if (problem !== undefined) shown.unshift(clusterErrorNode(parent, problem.error));
  else if (items.length === 0 && complete) shown.push(emptyNode(parent, of));
  if (items.length > limit) shown.push(moreNode(parent, items.length - limit));
  return shown;
}
