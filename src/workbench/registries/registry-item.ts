import * as vscode from 'vscode';

import { RegistryContext } from '../../contract/registries.ts';
import type { RegistrySetting } from '../../contract/settings.ts';
import type { RegistryNode } from './nodes.ts';

/** @param credential which source gave the credential it was asked with; undefined where it wanted none */
export function registryItem(
  node: RegistryNode,
  setting: RegistrySetting | undefined,
  credential: string | undefined,
): vscode.TreeItem {
  const risks = risksOf(setting);
  const description = [...risks.map(({ short }) => short), ...(credential === undefined ? [] : [credential])];
  const tooltip = [
    node.registry,
    ...risks.map(({ long }) => long),
    ...(credential === undefined ? [] : [vscode.l10n.t('Credentials: {0}', credential)]),
  ];
  return {
    id: node.id,
    label: node.registry,
    ...(description.length === 0 ? {} : { description: description.join(' · ') }),
    tooltip: tooltip.join('\n\n'),
    accessibilityInformation: { label: [node.registry, ...description].join(', ') },
    iconPath:
      risks.length === 0
        ? new vscode.ThemeIcon('server')
        : new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')),
    contextValue: RegistryContext.registry,
    collapsibleState: vscode.TreeItemCollapsibleState.Collapsed,
  };
}

/** What someone on the way could make use of. The user asked for it, and sees it as long as it is so. */
function risksOf(setting: RegistrySetting | undefined): { short: string; long: string }[] {
  const risks: { short: string; long: string }[] = [];
  if (setting?.http === true) {
    risks.push({
      short: vscode.l10n.t('plain HTTP'),
      long: vscode.l10n.t('Plain HTTP: everything, including passwords, is sent unencrypted.'),
    });
  }
  if (setting?.verifyCertificates === false) {
    risks.push({
      short: vscode.l10n.t('certificate not verified'),
      long: vscode.l10n.t('The certificate is not verified: anyone on the network path can impersonate this registry.'),
    });
  }
  return risks;
}
