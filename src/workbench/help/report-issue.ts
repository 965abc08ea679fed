import { release } from 'node:os';
import * as vscode from 'vscode';

import type { RecentLines } from './recent-lines.ts';

/**
 * Opens a document with the versions and the end of the log, without secrets. It is not sent anywhere: the user reviews it
 * first, because it names registries, repositories and clusters.
 */
export async function reportIssue(extension: vscode.Extension<unknown>, log: RecentLines): Promise<void> {
  const { version } = extension.packageJSON as { version: string };
  const place = vscode.env.remoteName === undefined ? 'local' : `remote (${vscode.env.remoteName})`;
  const fence = '````';
  const content = [
    `# ${vscode.l10n.t('Carvel Airgap issue report')}`,
    `<!-- ${vscode.l10n.t('This document is not sent anywhere. Review it before you share it: secrets were removed, but names of registries, repositories and clusters were not.')} -->`,
    `## ${vscode.l10n.t('What happened, and what did you expect?')}`,
    '',
    `## ${vscode.l10n.t('Versions')}`,
    `- Carvel Airgap ${version}`,
    `- ${vscode.env.appName} ${vscode.version}, ${place}`,
    `- ${process.platform} ${release()} (${process.arch}), Node ${process.versions.node}`,
    '',
    `## ${vscode.l10n.t('Log')}`,
    `${fence}text\n${log.text().replaceAll(fence, '` ` ` `')}\n${fence}`,
  ].join('\n');
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: 'markdown', content }));
}

/** Opens the entry for an error code in the bundled documentation, so that it works offline. */
export function showTroubleshooting(extension: vscode.Uri, code: string): void {
  // Like GitHub, the Markdown preview removes punctuation from headings to form anchors.
  const fragment = code.replaceAll(/[^\w-]/g, '').toLowerCase();
  const document = vscode.Uri.joinPath(extension, 'docs', 'troubleshooting.md').with({ fragment });
  void vscode.commands.executeCommand('markdown.showPreview', document);
}
