import * as vscode from 'vscode';

import { formatBytes } from '../../base/format.ts';
import { RegistryContext } from '../../contract/registries.ts';
import { withoutIcons } from '../text/formatting.ts';
import { artifactIcon, artifactName } from './artifact-presentation.ts';
import type { EntryNode, TarballNode, TarballsNode } from './nodes.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

export function tarballsItem(node: TarballsNode): vscode.TreeItem {
  const label = vscode.l10n.t('Tarballs');
  return {
    id: node.id,
    label,
    description: vscode.l10n.t('in this workspace'),
    accessibilityInformation: { label },
    iconPath: new vscode.ThemeIcon('folder'),
    contextValue: RegistryContext.tarballs,
    collapsibleState: Collapsed,
  };
}

export function tarballItem(node: TarballNode): vscode.TreeItem {
  return {
    id: node.id,
    label: withoutIcons(node.name),
    tooltip: node.fsPath,
    accessibilityInformation: { label: node.name },
    iconPath: new vscode.ThemeIcon('file-zip'),
    contextValue: RegistryContext.tarball,
    collapsibleState: Collapsed,
  };
}

/**
 * An entry of a tarball.
 * @param copied whether its digest was just copied
 */
export function entryItem(node: EntryNode, copied: boolean): vscode.TreeItem {
  const what = [artifactName(node.image), formatBytes(node.size)];
  return {
    id: node.id,
    label: withoutIcons(node.name),
    description: what.join(' · '),
    tooltip: [
      node.name,
      vscode.l10n.t('Digest: {0}', node.digest),
      vscode.l10n.t('Media type: {0}', node.mediaType),
      vscode.l10n.t('Size: {0}', formatBytes(node.size)),
    ].join('\n'),
    accessibilityInformation: { label: [node.name, ...what].join(', ') },
    iconPath: artifactIcon(node.image),
    contextValue: [
      RegistryContext.entry,
      node.image === 'image' ? '' : `.${node.image}`,
      copied ? RegistryContext.copiedSuffix : '',
    ].join(''),
    collapsibleState: node.entries.length > 0 ? Collapsed : None,
  };
}
