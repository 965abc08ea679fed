import * as vscode from 'vscode';

import type { DocumentPlace } from '../../contract/targets.ts';
import { isDocumentPlace } from '../../contract/targets.ts';
import type { FoundRepository } from '../../packaging/documents/find-documents.ts';
import type { CarvelDocuments } from '../editor/carvel-documents.ts';
import { workbenchError } from '../errors/workbench-error.ts';

/** A PackageRepository and the document that contains it. */
export interface PlacedRepository {
  readonly document: vscode.TextDocument;
  readonly found: FoundRepository;
}

/**
 * Returns the PackageRepository at the given place or, without one, at the cursor.
 * @throws workbench.no-repository-here
 */
export async function placedRepository(
  documents: CarvelDocuments,
  place: DocumentPlace | undefined,
): Promise<PlacedRepository> {
  const editor = vscode.window.activeTextEditor;
  const document = isDocumentPlace(place)
    ? await vscode.workspace.openTextDocument(vscode.Uri.parse(place.uri))
    : editor?.document;
  if (document === undefined) throw workbenchError('no-repository-here');
  const line = isDocumentPlace(place) ? place.line : (editor?.selection.active.line ?? 0);
  const all = await documents.repositories(document);
  const found = all.findLast((each) => each.place.line <= line) ?? all[0];
  if (found === undefined) throw workbenchError('no-repository-here');
  return { document, found };
}

/** Renames the PackageRepository in a document and changes nothing else. */
export async function renameRepository({ document, found }: PlacedRepository, name: string): Promise<void> {
  if (found.name === undefined) return;
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(found.name.start), document.positionAt(found.name.end));
  edit.replace(document.uri, range, name);
  await vscode.workspace.applyEdit(edit);
}
