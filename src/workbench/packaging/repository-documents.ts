import * as vscode from 'vscode';

import type { DocumentPlace } from '../../contract/targets.ts';
import { isDocumentPlace } from '../../contract/targets.ts';
import type { FoundRepository } from '../../packaging/find-repositories.ts';
import { workbenchError } from '../errors/workbench-error.ts';

/** A PackageRepository and the document that contains it. */
export interface PlacedRepository {
  readonly document: vscode.TextDocument;
  readonly found: FoundRepository;
}

interface Parsed {
  readonly version: number;
  readonly found: Promise<readonly FoundRepository[]>;
}

/** Larger files are not written by hand and are ignored. */
const MAX_LENGTH = 1_000_000;

/** The PackageRepositories in text documents; each version of a document is parsed once. */
export class RepositoryDocuments {
  readonly #parsed = new WeakMap<vscode.TextDocument, Parsed>();

  find(document: vscode.TextDocument): Promise<readonly FoundRepository[]> {
    const known = this.#parsed.get(document);
    if (known?.version === document.version) return known.found;
    const found = parse(document.getText());
    this.#parsed.set(document, { version: document.version, found });
    return found;
  }

  /**
   * Returns the PackageRepository at the given place or, without one, at the cursor.
   * @throws workbench.no-repository-here
   */
  async at(place: DocumentPlace | undefined): Promise<PlacedRepository> {
    const editor = vscode.window.activeTextEditor;
    const document = isDocumentPlace(place)
      ? await vscode.workspace.openTextDocument(vscode.Uri.parse(place.uri))
      : editor?.document;
    if (document === undefined) throw workbenchError('no-repository-here');
    const line = isDocumentPlace(place) ? place.line : (editor?.selection.active.line ?? 0);
    const all = await this.find(document);
    const found = all.findLast((each) => each.place.line <= line) ?? all[0];
    if (found === undefined) throw workbenchError('no-repository-here');
    return { document, found };
  }
}

async function parse(text: string): Promise<readonly FoundRepository[]> {
  if (text.length > MAX_LENGTH || !text.includes('PackageRepository')) return [];
  const { findRepositories } = await import('../../packaging/find-repositories.ts');
  return findRepositories(text);
}

/** Renames the PackageRepository in a document and changes nothing else. */
export async function renameRepository({ document, found }: PlacedRepository, name: string): Promise<void> {
  if (found.name === undefined) return;
  const edit = new vscode.WorkspaceEdit();
  const range = new vscode.Range(document.positionAt(found.name.start), document.positionAt(found.name.end));
  edit.replace(document.uri, range, name);
  await vscode.workspace.applyEdit(edit);
}
