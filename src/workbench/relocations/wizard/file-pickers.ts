import * as vscode from 'vscode';

import type { FileTarget } from '../../../contract/relocations.ts';

/** Returns the tarball on which a command was run, or one that the user chooses. */
export async function tarballFrom(
  file: FileTarget | undefined,
  title: string,
  open: string,
): Promise<string | undefined> {
  if (file?.scheme === 'file') return file.fsPath;
  const [picked] = (await vscode.window.showOpenDialog({ title, openLabel: open, filters: tarballFilter() })) ?? [];
  return picked?.fsPath;
}

export function tarballFilter(): Record<string, string[]> {
  return { [vscode.l10n.t('Tarballs')]: ['tar', 'sha256'] };
}

/** Returns the lock file on which a command was run, the one in the active editor, or one that the user chooses. */
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
