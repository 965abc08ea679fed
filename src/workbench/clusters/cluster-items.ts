import * as vscode from 'vscode';

import type { KubeContext } from '../../cluster/api.ts';
import { ClusterContext } from '../../contract/clusters.ts';
import type { PackageRepository, RepositorySource } from '../../packaging/package-repository.ts';
import { errorText } from '../errors/error-text.ts';
import type { ClusterErrorNode, ContextNode, EmptyNode, PackageNode, PackageRepositoryNode } from './cluster-nodes.ts';
import { stateIcon, stateLines, stateText } from './state-text.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

export function contextItem(node: ContextNode, context: KubeContext | undefined, chosen: boolean): vscode.TreeItem {
  const server = context?.server ?? vscode.l10n.t('no server');
  const lines = [
    node.context,
    server,
    vscode.l10n.t('Namespace: {0}', context?.namespace ?? ''),
    vscode.l10n.t('User: {0}', context?.userName ?? ''),
    vscode.l10n.t('File: {0}', context?.file ?? ''),
    ...(chosen ? [vscode.l10n.t('Apply uses this context.')] : []),
  ];
  return {
    id: node.id,
    label: node.context,
    description: chosen ? vscode.l10n.t('used by Apply') : server.replace(/^https?:\/\//, ''),
    tooltip: lines.join('\n'),
    iconPath: new vscode.ThemeIcon('server-environment'),
    contextValue: ClusterContext.context,
    collapsibleState: Collapsed,
  };
}

export async function repositoryItem(
  node: PackageRepositoryNode,
  repository: PackageRepository | undefined,
): Promise<vscode.TreeItem> {
  const item = {
    id: node.id,
    label: node.name,
    contextValue: ClusterContext.repository,
    collapsibleState: Collapsed,
  };
  if (repository === undefined) return { ...item, description: node.namespace };
  const { reconcileState } = await import('../../packaging/reconcile-state.ts');
  const state = reconcileState(repository, Date.now());
  const text = stateText(state);
  const lines = [`${node.namespace}/${node.name}`, sourceText(repository.source), '', ...stateLines(state)];
  return {
    ...item,
    description: `${text} · ${node.namespace}`,
    tooltip: lines.join('\n'),
    accessibilityInformation: { label: `${node.name}, ${text}, ${node.namespace}` },
    iconPath: stateIcon(state),
  };
}

export function packageItem(node: PackageNode): vscode.TreeItem {
  const { refName, version, images, releasedAt } = node.package;
  const lines = [
    `${refName} ${version}`,
    ...images,
    ...(releasedAt === undefined ? [] : [vscode.l10n.t('Released: {0}', new Date(releasedAt).toLocaleDateString())]),
  ];
  return {
    id: node.id,
    label: refName,
    description: version,
    tooltip: lines.join('\n'),
    iconPath: new vscode.ThemeIcon('package'),
    contextValue: ClusterContext.package,
    collapsibleState: None,
  };
}

export function emptyItem(node: EmptyNode): vscode.TreeItem {
  return {
    id: node.id,
    label: node.of === 'repositories' ? vscode.l10n.t('No PackageRepositories') : vscode.l10n.t('No Packages'),
    iconPath: new vscode.ThemeIcon('info'),
    contextValue: ClusterContext.message,
    collapsibleState: None,
  };
}

export function clusterErrorItem(node: ClusterErrorNode): vscode.TreeItem {
  const { message, remedy } = errorText(node.error);
  return {
    id: node.id,
    label: message,
    tooltip: remedy === undefined ? message : `${message}\n\n${remedy}`,
    iconPath: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
    contextValue: ClusterContext.error,
    collapsibleState: None,
  };
}

function sourceText(source: RepositorySource): string {
  if (source.kind === 'imgpkgBundle') return source.image;
  return 'url' in source && source.url !== undefined ? `${source.kind}: ${source.url}` : source.kind;
}
