import * as vscode from 'vscode';

import type { FileTarget } from '../../contract/relocations.ts';

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
  return { [vscode.l10n.t('Tarballs')]: ['tar'] };
}
