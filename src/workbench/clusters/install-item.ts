import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import { ClusterContext } from '../../contract/clusters.ts';
import { installProblem, installState } from '../../packaging/package-install.ts';
import type { InstallState, PackageInstall } from '../../packaging/package-install.ts';
import type { InstallNode } from './cluster-nodes.ts';

/** A PackageInstall: what it installed, and how that went. Installing is not done here. */
export function installItem(node: InstallNode): vscode.TreeItem {
  const { install } = node;
  const state = installState(install);
  const text = textOf(state);
  const problem = printable(installProblem(install), 1000);
  const lines = [`${install.namespace}/${install.name}`, packageOf(install), '', text];
  return {
    id: node.id,
    label: install.name,
    description: [text, packageOf(install), install.namespace].filter((part) => part !== '').join(' · '),
    tooltip: (problem === '' ? lines : [...lines, problem]).join('\n'),
    iconPath: iconOf(state),
    contextValue: ClusterContext.install,
    collapsibleState: vscode.TreeItemCollapsibleState.None,
  };
}

function packageOf({ refName = '', version, constraints }: PackageInstall): string {
  return [refName, version ?? constraints ?? ''].filter((part) => part !== '').join(' ');
}

function textOf(state: InstallState): string {
  const texts: Readonly<Record<InstallState, string>> = {
    canceled: vscode.l10n.t('Canceled'),
    paused: vscode.l10n.t('Paused'),
    deleting: vscode.l10n.t('Deleting'),
    'delete-failed': vscode.l10n.t('Delete failed'),
    waiting: vscode.l10n.t('Waiting for kapp-controller'),
    reconciling: vscode.l10n.t('Reconciling'),
    failed: vscode.l10n.t('Reconcile failed'),
    ready: vscode.l10n.t('Reconcile succeeded'),
  };
  return texts[state];
}

function iconOf(state: InstallState): vscode.ThemeIcon {
  if (state === 'ready') return new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed'));
  if (state === 'failed' || state === 'delete-failed') {
    return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  }
  return new vscode.ThemeIcon(state === 'paused' || state === 'canceled' ? 'debug-pause' : 'sync');
}
