import * as vscode from 'vscode';

import { ClusterContext } from '../../contract/clusters.ts';
import type { PackageRepository, RepositorySource } from '../../packaging/package-repository.ts';
import type { PackageRepositoryNode } from './cluster-nodes.ts';
import type { Permissions } from './repository-access.ts';
import { stateDetail, stateIcon, stateLines, stateText } from './state-text.ts';

/** @param permissions what the user may do, as far as it is known */
export async function repositoryItem(
  node: PackageRepositoryNode,
  repository: PackageRepository | undefined,
  permissions: Permissions | undefined,
): Promise<vscode.TreeItem> {
  const item = {
    id: node.id,
    label: node.name,
    collapsibleState: vscode.TreeItemCollapsibleState.Collapsed,
  };
  if (repository === undefined) {
    return { ...item, description: node.namespace, contextValue: contextValue(false, false, permissions) };
  }
  const { reconcileState } = await import('../../packaging/reconcile-state.ts');
  const state = reconcileState(repository, Date.now());
  const text = stateText(state);
  const detail = state.kind === 'ready' ? [stateDetail(state)] : [];
  const lines = [`${node.namespace}/${node.name}`, sourceText(repository.source), '', ...stateLines(state)];
  return {
    ...item,
    contextValue: contextValue(repository.paused, state.severity !== 'ok' && state.severity !== 'busy', permissions),
    description: [text, node.namespace, ...detail].join(' · '),
    tooltip: [...lines, ...denials(permissions)].join('\n'),
    accessibilityInformation: { label: `${node.name}, ${text}, ${node.namespace}` },
    iconPath: stateIcon(state),
  };
}

/** What a menu's `when` and a command's `enablement` look at. */
function contextValue(paused: boolean, unwell: boolean, permissions: Permissions | undefined): string {
  return [
    ClusterContext.repository,
    paused ? 'paused' : 'active',
    ...(unwell ? ['unwell'] : []),
    ...(permissions?.change === false ? ['noChange'] : []),
    ...(permissions?.delete === false ? ['noDelete'] : []),
  ].join(':');
}

/** Why entries of the menu are grey. */
function denials(permissions: Permissions | undefined): string[] {
  return [
    ...(permissions?.change === false
      ? [vscode.l10n.t('You may not change PackageRepositories in this namespace.')]
      : []),
    ...(permissions?.delete === false
      ? [vscode.l10n.t('You may not delete PackageRepositories in this namespace.')]
      : []),
  ];
}

function sourceText(source: RepositorySource): string {
  if (source.kind === 'imgpkgBundle') return source.image;
  return 'url' in source && source.url !== undefined ? `${source.kind}: ${source.url}` : source.kind;
}
