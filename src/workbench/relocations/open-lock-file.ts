import * as vscode from 'vscode';

import type { FileTarget } from '../../contract/relocations.ts';

/** The lock that a command was called on, the one in the active editor, or one that the user picks. */
export async function lockFileFrom(file: FileTarget | undefined): Promise<string | undefined> {
  if (file?.scheme === 'file') return file.fsPath;
  const active = vscode.window.activeTextEditor?.document;
  const isLock = active?.uri.scheme === 'file' && /^kind:\s*["']?(?:Bundle|Images)Lock\b/m.test(active.getText());
  if (isLock) return active.uri.fsPath;
  const [picked] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Relocate from Lock File'),
      openLabel: vscode.l10n.t('Relocate'),
      filters: { [vscode.l10n.t('Lock files')]: ['yml', 'yaml'] },
    })) ?? [];
  return picked?.fsPath;
}
