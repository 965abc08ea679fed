import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import * as vscode from 'vscode';

import { homeFolder } from '../../../base/home-folder.ts';
import { fileView } from '../../../contract/relocations.ts';
import type { FileTarget } from '../../../contract/relocations.ts';
import { layoutOf } from '../../files/file-editor.ts';
import { withoutLinks } from '../../text/formatting.ts';
import { revealFile } from './reveal-relocation.ts';

/** Opens a tarball, a volume, an inventory, a receipt or an export manifest in the editor that describes it. */
export async function describeFile(file?: FileTarget): Promise<void> {
  const uri = file?.scheme === 'file' ? vscode.Uri.file(layoutOf(file.fsPath)) : await fileToDescribe();
  if (uri !== undefined) await vscode.commands.executeCommand('vscode.openWith', uri, fileView);
}

async function fileToDescribe(): Promise<vscode.Uri | undefined> {
  const filter = vscode.l10n.t('Tarballs, receipts and inventories');
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Describe File'),
      openLabel: vscode.l10n.t('Describe'),
      filters: { [filter]: ['tar', 'json', 'sha256'], [vscode.l10n.t('All files')]: ['*'] },
    })) ?? [];
  return file;
}

/** Saves a copy of a receipt, to be carried back. */
export async function saveReceipt({ fsPath }: FileTarget): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homeFolder(process.env) ?? '/';
  const file = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save Receipt'),
    saveLabel: vscode.l10n.t('Save'),
    filters: { JSON: ['json'] },
    defaultUri: vscode.Uri.file(join(folder, basename(fsPath))),
  });
  if (file?.scheme !== 'file') return;
  await copyFile(fsPath, file.fsPath);
  const show = vscode.l10n.t('Reveal File');
  const text = vscode.l10n.t(
    'The receipt is in {0}. Carry it back: the next export can omit what it lists.',
    file.fsPath,
  );
  if ((await vscode.window.showInformationMessage(withoutLinks(text), show)) === show) await revealFile(file);
}
