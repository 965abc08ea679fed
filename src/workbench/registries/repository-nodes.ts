import type { NodeTable } from './node-table.ts';
import { errorNode, filterNode, moreNode, noCatalogNode, repositoryNode } from './nodes.ts';
import type { RegistryNode, RegistryTreeNode } from './nodes.ts';
import type { RepositoryList } from './repository-list.ts';

/** What is below a registry: its repositories, those that the user added first. */
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
  // What the last answer was does not matter beside an error that is newer.
  if (value?.noCatalog !== undefined && error === undefined) {
    nodes.push(table.latest(noCatalogNode(parent.registry, value.noCatalog)));
  }
  if (value?.moreError !== undefined) nodes.push(table.latest(errorNode(parent, value.moreError, 'more')));
  const total = value?.next === undefined || filter !== undefined ? paths.length : undefined;
  if (page.length < paths.length || total === undefined) nodes.push(table.latest(moreNode(parent, page.length, total)));
  return nodes;
}
