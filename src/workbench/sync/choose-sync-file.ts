import * as vscode from 'vscode';

import type { FileTarget } from '../../contract/relocations.ts';
import { back, pick } from '../picks/pick.ts';
import { isSync } from './sync-documents.ts';

/** How files of kind Sync are usually called. */
export const SYNC_FILES = '**/{carvel-airgap,*.carvel-airgap}.{yml,yaml}';
const EXCLUDED = '**/{node_modules,.git}/**';
const MAX_FILES = 200;

/** The files of kind Sync in the workspace, as far as their names or an editor say so. */
export async function findSyncFiles(): Promise<readonly string[]> {
  const found = await vscode.workspace.findFiles(SYNC_FILES, EXCLUDED, MAX_FILES);
  const open = vscode.workspace.textDocuments.filter((document) => isSync(document)).map(({ uri }) => uri);
  const files = [...found, ...open].filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
  return [...new Set(files)].sort();
}

/**
 * The file of a command: the given one, the one in the active editor, or one of the workspace, which the user chooses.
 * What an editor has not saved is saved. Undefined if the user declined.
 */
export async function chooseSyncFile(title: string, given: FileTarget | undefined): Promise<string | undefined> {
  const path = given?.scheme === 'file' ? given.fsPath : await askForFile(title);
  const document = vscode.workspace.textDocuments.find(({ uri }) => uri.scheme === 'file' && uri.fsPath === path);
  if (document?.isDirty === true && !(await document.save())) return undefined;
  return path;
}

async function askForFile(title: string): Promise<string | undefined> {
  const active = vscode.window.activeTextEditor?.document;
  if (active?.uri.scheme === 'file' && isSync(active)) return active.uri.fsPath;
  const files = await findSyncFiles();
  if (files.length === 0) {
    await offerNewFile();
    return undefined;
  }
  if (files.length === 1) return files[0];
  const answer = await pick<string>({
    title,
    placeholder: vscode.l10n.t('Choose the file'),
    choices: () => Promise.resolve(files.map((value) => ({ label: vscode.workspace.asRelativePath(value), value }))),
  });
  return answer === back ? undefined : answer;
}

async function offerNewFile(): Promise<void> {
  const create = vscode.l10n.t('New File');
  const text = vscode.l10n.t(
    'No file in this workspace says what to sync. It is usually called {0}.',
    'carvel-airgap.yml',
  );
  if ((await vscode.window.showInformationMessage(text, create)) !== create) return;
  const content = [
    'apiVersion: carvel-airgap/v1',
    'kind: Sync',
    'entries:',
    '  - name: example',
    '    bundle: registry.example/packages:1.0.0',
    '    destinations:',
    '      - registry.example/mirror/packages',
    '',
  ].join('\n');
  const document = await vscode.workspace.openTextDocument({ language: 'yaml', content });
  await vscode.window.showTextDocument(document);
}
