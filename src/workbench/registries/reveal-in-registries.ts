import type { RepositoryTarget } from '../../contract/targets.ts';
import type { TreeHost } from '../view/hosts.ts';
import type { RegistryTreeNode } from './nodes.ts';
import type { RegistryTree } from './registry-tree.ts';

/**
 * Selects a tag in the view, or the closest of its parents that the view shows.
 * @returns whether its registry is in the view
 */
export async function revealInRegistries(
  { view }: TreeHost<RegistryTreeNode>,
  tree: Pick<RegistryTree, 'children'>,
  { registry, path, tag }: RepositoryTarget & { readonly tag?: string },
): Promise<boolean> {
  const below = async (
    parent: RegistryTreeNode | undefined,
    isIt: (node: RegistryTreeNode) => boolean,
  ): Promise<RegistryTreeNode | undefined> => (await tree.children(parent)).find(isIt);
  const root = await below(undefined, (node) => node.kind === 'registry' && node.registry === registry);
  if (root === undefined) return false;
  const repository = await below(root, (node) => node.kind === 'repository' && node.path === path);
  const tagged =
    repository === undefined || tag === undefined
      ? undefined
      : await below(repository, (node) => node.kind === 'tag' && node.tag === tag);
  await view.reveal(tagged ?? repository ?? root, { select: true, focus: true, expand: tagged === undefined });
  return true;
}
