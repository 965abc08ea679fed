import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import { ClusterContext } from '../../contract/clusters.ts';
import type { InstallDescription } from '../../packaging/describe-install.ts';
import type { PackageInstall } from '../../packaging/package-install.ts';
import { translated } from '../errors/error-text.ts';
import type { InstallNode } from './cluster-nodes.ts';
import { severityIcon } from './state-text.ts';

/** A PackageInstall: what it installed, and how that went. Installing is not done here. */
export function installItem(node: InstallNode, { headline, lines, severity }: InstallDescription): vscode.TreeItem {
  const { install } = node;
  const text = translated(headline);
  const words = lines.map((line) => printable(translated(line), 1000));
  return {
    id: node.id,
    label: install.name,
    description: [text, packageOf(install), install.namespace].filter((part) => part !== '').join(' · '),
    tooltip: [`${install.namespace}/${install.name}`, packageOf(install), '', text, ...words].join('\n'),
    iconPath: severityIcon(severity),
    contextValue: ClusterContext.install,
    collapsibleState: vscode.TreeItemCollapsibleState.None,
  };
}

function packageOf({ refName = '', version, constraints }: PackageInstall): string {
  return [refName, version ?? constraints ?? ''].filter((part) => part !== '').join(' ');
}
