import * as vscode from 'vscode';

import type { DocumentPlace } from '../../../contract/targets.ts';
import { PACKAGE_REPOSITORY_API_VERSION } from '../../../packaging/api-groups.ts';
import type { TextValue } from '../../../packaging/documents/document-view.ts';
import type { ApplyTargets } from '../../clusters/apply-targets.ts';
import { placedRepository } from '../repository-documents.ts';
import type { CarvelDocuments } from '../../editor/carvel-documents.ts';
import type { PlacedRepository } from '../repository-documents.ts';

export interface FixApiVersionParts {
  readonly documents: CarvelDocuments;
  readonly targets: ApplyTargets;
}

/**
 * Replaces an API version that no release serves with the current one, and adds a namespace because the old kind had none.
 */
export async function fixApiVersion(parts: FixApiVersionParts, place?: DocumentPlace): Promise<void> {
  const { document, found }: PlacedRepository = await placedRepository(parts.documents, place);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(document.uri, rangeOf(document, found.apiVersion), PACKAGE_REPOSITORY_API_VERSION);
  if (found.namespace === undefined && found.name !== undefined) {
    const namespace = (await parts.targets.contextFor(found.context))?.namespace ?? 'default';
    const line = document.lineAt(found.name.line);
    // Only if `name:` is on its own line, as in documents written by hand.
    const indent = /^(\s+)name:/.exec(line.text)?.[1];
    if (indent !== undefined) edit.insert(document.uri, line.range.end, `\n${indent}namespace: ${namespace}`);
  }
  await vscode.workspace.applyEdit(edit);
}

function rangeOf(document: vscode.TextDocument, { start, end }: TextValue): vscode.Range {
  return new vscode.Range(document.positionAt(start), document.positionAt(end));
}
