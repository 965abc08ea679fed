import * as vscode from 'vscode';

import type { PlacedRepository } from './repository-documents.ts';

/** Renames the PackageRepository in a document and changes nothing else. */
export async function renameRepository({ document, found }: PlacedRepository, name: string): Promise<void> {
  if (found.name === undefined) return;
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(found.name.start), document.positionAt(found.name.end));
  edit.replace(document.uri, range, name);
  await vscode.workspace.applyEdit(edit);
}
