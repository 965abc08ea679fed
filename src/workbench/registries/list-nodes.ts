import type { NodeTable, InternalTagsNode, RegistryTreeNode, RepositoryNode, RegistryNode } from './nodes.ts';
import {
  errorNode,
  filterNode,
  internalTagsNode,
  moreNode,
  readingNode,
  tagNode,
  noCatalogNode,
  noContentNode,
  repositoryNode,
} from './nodes.ts';
import type { RepositoryList } from './repository-list.ts';
import type { TagList } from './tag-list.ts';

/** The children of a repository: its tags, and a group with the internal tags of imgpkg and cosign. */
export async function tagNodes(table: NodeTable, parent: RepositoryNode, list: TagList): Promise<RegistryTreeNode[]> {
  const { value, error, isPartial = false } = await list.view();
  const { filter, shown } = list;
  const tags = value === undefined ? [] : list.matching(value);
  const nodes = pageOf(table, parent, tags, { shown, internal: false, isPartial });
  if (filter !== undefined && value !== undefined) {
    nodes.unshift(table.latest(filterNode(parent, filter, tags.length, value.tags.length)));
  }
  if (isPartial) nodes.unshift(table.same(readingNode(parent)));
  if (error !== undefined) nodes.unshift(table.latest(errorNode(parent, error)));
  // The total is known only when the list has been read completely.
  if (value !== undefined && value.internal.length > 0 && list.current.value === value) {
    nodes.push(table.same(internalTagsNode(parent.registry, parent.path)));
  }
  if (nodes.length === 0 && value !== undefined) nodes.push(table.latest(noContentNode(parent)));
  return nodes;
}

export async function internalTagNodes(
  table: NodeTable,
  parent: InternalTagsNode,
  list: TagList,
): Promise<RegistryTreeNode[]> {
  const { value } = await list.get();
  return pageOf(table, parent, value?.internal ?? [], { shown: list.internalShown, internal: true, isPartial: false });
}

interface Page {
  readonly shown: number;
  /** Whether these are the internal tags of imgpkg and cosign. */
  readonly internal: boolean;
  /** Whether more tags are still being read. */
  readonly isPartial: boolean;
}

function pageOf(
  table: NodeTable,
  parent: RepositoryNode | InternalTagsNode,
  tags: readonly string[],
  { shown, internal, isPartial }: Page,
): RegistryTreeNode[] {
  const { registry, path } = parent;
  const page = tags.slice(0, shown);
  const nodes: RegistryTreeNode[] = page.map((tag) => table.same(tagNode(registry, path, tag, internal)));
  if (tags.length <= shown) return nodes;
  return [...nodes, table.latest(moreNode(parent, shown, isPartial ? undefined : tags.length))];
}

/** The children of a registry: repositories that the user added, followed by those that it lists. */
export async function repositoryNodes(
  table: NodeTable,
  parent: RegistryNode,
  list: RepositoryList,
  added: readonly string[],
): Promise<RegistryTreeNode[]> {
  const { value, error } = await list.get();
  const { filter, shown } = list;
  const known = [...new Set([...added, ...(value?.paths ?? [])])];
  const paths = list.matching(known);
  const page = paths.slice(0, shown + (filter === undefined ? added.length : 0));
  const nodes: RegistryTreeNode[] = page.map((path) => table.same(repositoryNode(parent.registry, path)));
  if (filter !== undefined) nodes.unshift(table.latest(filterNode(parent, filter, paths.length, known.length)));
  if (error !== undefined) nodes.unshift(table.latest(errorNode(parent, error)));
  // A newer error takes precedence over the previous answer.
  if (value?.noCatalog !== undefined && error === undefined) {
    nodes.push(table.latest(noCatalogNode(parent.registry, value.noCatalog)));
  }
  if (value?.moreError !== undefined) nodes.push(table.latest(errorNode(parent, value.moreError, 'more')));
  const total = value?.next === undefined || filter !== undefined ? paths.length : undefined;
  if (page.length < paths.length || total === undefined) nodes.push(table.latest(moreNode(parent, page.length, total)));
  if (nodes.length === 0 && value !== undefined) nodes.push(table.latest(noContentNode(parent)));
  return nodes;
}
