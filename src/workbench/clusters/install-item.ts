import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import { ClusterContext } from '../../contract/clusters.ts';
import { installProblem, installState } from '../../packaging/package-install.ts';
import type { InstallState, PackageInstall } from '../../packaging/package-install.ts';
import { firstUndecodable } from '../../packaging/undecodable.ts';
import type { Undecodable } from '../../packaging/undecodable.ts';
import type { InstallNode } from './cluster-nodes.ts';

/**
 * A PackageInstall: what it installed, and how that went. Installing is not done here.
 * @param all the PackageInstalls of the cluster, as far as they are known
 */
export function installItem(node: InstallNode, all: readonly PackageInstall[]): vscode.TreeItem {
  const { install } = node;
  const culprit = firstUndecodable(all);
  const state = installState(install, culprit);
  const text = textOf(state);
  const isStopped = culprit !== undefined && (state === 'undecodable' || state === 'blocked');
  const problem = isStopped ? stopText(culprit) : printable(installProblem(install), 1000);
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

function stopText({ namespace, name, field, value }: Undecodable): string {
  return vscode.l10n.t(
    "kapp-controller cannot read the PackageInstall {namespace}/{name}: {field} is '{value}', which is not a duration such as 10m, 90s or 24h. Until that is corrected, it sees no new, changed or deleted PackageInstall in the whole cluster.",
    { namespace, name, field, value: printable(value, 100) },
  );
}

function packageOf({ refName = '', version, constraints }: PackageInstall): string {
  return [refName, version ?? constraints ?? ''].filter((part) => part !== '').join(' ');
}

function textOf(state: InstallState): string {
  const texts: Readonly<Record<InstallState, string>> = {
    undecodable: vscode.l10n.t('kapp-controller cannot read it'),
    blocked: vscode.l10n.t('Blocked by another PackageInstall'),
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

const PROBLEMS: ReadonlySet<InstallState> = new Set(['failed', 'delete-failed', 'undecodable', 'blocked']);

function iconOf(state: InstallState): vscode.ThemeIcon {
  if (state === 'ready') return new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed'));
  if (PROBLEMS.has(state)) {
    return new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground'));
  }
  return new vscode.ThemeIcon(state === 'paused' || state === 'canceled' ? 'debug-pause' : 'sync');
}
