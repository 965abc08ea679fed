import * as vscode from 'vscode';

import type { PackageInstallTarget } from '../../../contract/installs.ts';
import type { DocumentPlace } from '../../../contract/targets.ts';
import type { LiveDocuments } from '../../view/live-documents.ts';
import type { InstallParts } from '../install-parts.ts';
import { chooseInstall } from '../install-picker.ts';

/**
 * Shows what kapp-controller did for a PackageInstall, its resources, and its pods, as a live document.
 * @param section the heading to scroll to, for example `template`
 */
export async function showDetails(
  parts: InstallParts,
  documents: LiveDocuments<PackageInstallTarget>,
  given?: PackageInstallTarget | DocumentPlace,
  section?: unknown,
): Promise<void> {
  const target = await chooseInstall(parts, given, vscode.l10n.t('Show Details'));
  if (target === undefined) return;
  const { context, install } = target;
  const { namespace, name } = install;
  const editor = await documents.open({ context, install: { namespace, name } });
  // The document may be open already, and scrolled to another section.
  const start = typeof section === 'string' ? editor.document.getText().indexOf(`── ${section} ─`) : 0;
  const position = editor.document.positionAt(Math.max(0, start));
  editor.selection = new vscode.Selection(position, position);
  // The lenses above the first line would not be revealed with it.
  if (start <= 0) await vscode.commands.executeCommand('scrollEditorTop');
  else editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.AtTop);
}
