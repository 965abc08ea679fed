import { release } from 'node:os';
import * as vscode from 'vscode';

import type { RecentLines } from './recent-lines.ts';

/**
 * Opens a document with the versions and the end of the log, from which secrets have been taken out, for the user to look
 * through: it names registries, repositories and clusters, and is sent nowhere.
 */
export async function reportIssue(extension: vscode.Extension<unknown>, log: RecentLines): Promise<void> {
  const { version } = extension.packageJSON as { version: string };
  const place = vscode.env.remoteName === undefined ? 'local' : `remote (${vscode.env.remoteName})`;
  const fence = '````';
  const content = [
    `# ${vscode.l10n.t('Report of a fault in Carvel Airgap')}`,
    `<!-- ${vscode.l10n.t('This document is sent nowhere. Look through it before you pass it on: secrets have been taken out, names of registries, repositories and clusters have not.')} -->`,
    `## ${vscode.l10n.t('What happened, and what should have?')}`,
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
