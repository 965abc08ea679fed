import * as vscode from 'vscode';

import type { RegistryNodeTarget } from '../../../contract/registries.ts';
import type { RegistryNode, RepositoryNode } from '../nodes.ts';
import type { RegistryTree } from '../registry-tree.ts';

/** Filters the repositories or tags below a node by name. */
export async function setFilter(tree: RegistryTree, target: RegistryNodeTarget): Promise<void> {
  const node = filteredNode(tree, target);
  if (node === undefined) return;
  const name = node.kind === 'registry' ? node.registry : `${node.registry}/${node.path}`;
  const before = tree.filterOf(node);
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Filter {0}', name),
    prompt:
      node.kind === 'registry'
        ? vscode.l10n.t('Show repositories containing all these words. Empty: no filter.')
        : vscode.l10n.t('Show tags containing all these words. Empty: no filter.'),
    ...(before === undefined ? {} : { value: before }),
    ignoreFocusOut: true,
  });
  if (text !== undefined) tree.setFilter(node, text.trim() === '' ? undefined : text.trim());
}

/** @param target the filter node or the filtered node */
export function removeFilter(tree: RegistryTree, target: RegistryNodeTarget): void {
  const node = filteredNode(tree, target);
  if (node !== undefined) tree.setFilter(node, undefined);
}

function filteredNode(tree: RegistryTree, { id }: RegistryNodeTarget): RegistryNode | RepositoryNode | undefined {
  const node = tree.find(id);
  if (node?.kind === 'filter') return node.parent;
  return node?.kind === 'registry' || node?.kind === 'repository' ? node : undefined;
}
