import * as vscode from 'vscode';

import type { FoundTarball } from './tarballs.ts';

const PATTERN = '**/*.tar';
const EXCLUDED = '**/{node_modules,.git}/**';
const MOST = 500;

/** Tarballs in the folders of the workspace that are files of this machine. */
export async function findTarballs(signal: AbortSignal): Promise<FoundTarball[]> {
  const source = new vscode.CancellationTokenSource();
  const cancel = (): void => source.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    const files = await vscode.workspace.findFiles(PATTERN, EXCLUDED, MOST, source.token);
    return files
      .filter(({ scheme }) => scheme === 'file')
      .map((file) => ({ name: vscode.workspace.asRelativePath(file), fsPath: file.fsPath }))
      .sort((a, b) => a.name.localeCompare(b.name));
  } finally {
    signal.removeEventListener('abort', cancel);
    source.dispose();
  }
}

/** Tells of tarballs that come, go or change, as long as it is not disposed. */
export function watchTarballs(changed: () => void): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher(PATTERN);
  watcher.onDidCreate(changed);
  watcher.onDidDelete(changed);
  watcher.onDidChange(changed);
  const folders = vscode.workspace.onDidChangeWorkspaceFolders(changed);
  return vscode.Disposable.from(watcher, folders);
}
