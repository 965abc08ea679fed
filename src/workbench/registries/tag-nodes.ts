import type { NodeTable } from './node-table.ts';
import { errorNode, filterNode, internalTagsNode, moreNode, tagNode } from './nodes.ts';
import type { InternalTagsNode, RegistryTreeNode, RepositoryNode } from './nodes.ts';
import type { TagList } from './tag-list.ts';

/** What is below a repository: its tags, and imgpkg's own in a node of theirs. */
export async function tagNodes(table: NodeTable, parent: RepositoryNode, list: TagList): Promise<RegistryTreeNode[]> {
  const { value, error } = await list.get();
  const tags = value === undefined ? [] : list.matching(value);
  const nodes = pageOf(table, parent, tags, list.shown, false);
  const { filter } = list;
  if (filter !== undefined && value !== undefined) {
    nodes.unshift(table.latest(filterNode(parent, filter, tags.length, value.tags.length)));
  }
  if (error !== undefined) nodes.unshift(table.latest(errorNode(parent, error)));
  if (value !== undefined && value.internal.length > 0) {
    nodes.push(table.same(internalTagsNode(parent.registry, parent.path)));
  }
  return nodes;
}

export async function internalTagNodes(
  table: NodeTable,
  parent: InternalTagsNode,
  list: TagList,
): Promise<RegistryTreeNode[]> {
  const { value } = await list.get();
  return pageOf(table, parent, value?.internal ?? [], list.internalShown, true);
}

function pageOf(
  table: NodeTable,
  parent: RepositoryNode | InternalTagsNode,
  tags: readonly string[],
  shown: number,
  internal: boolean,
): RegistryTreeNode[] {
  const { registry, path } = parent;
  const page = tags.slice(0, shown);
  const nodes: RegistryTreeNode[] = page.map((tag) => table.same(tagNode(registry, path, tag, internal)));
  return tags.length > shown ? [...nodes, table.latest(moreNode(parent, shown, tags.length))] : nodes;
}
