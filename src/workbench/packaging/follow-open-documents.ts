import * as vscode from 'vscode';

import type { Observations } from './observations.ts';
import type { RepositoryDocuments } from './repository-documents.ts';

/** Ends the watch of a PackageRepository when the last document that holds it is closed. */
export function followOpenDocuments(documents: RepositoryDocuments, observations: Observations): vscode.Disposable {
  return vscode.workspace.onDidCloseTextDocument(async () => {
    const open = vscode.workspace.textDocuments.filter(
      ({ isClosed, languageId }) => !isClosed && languageId === 'yaml',
    );
    const found = (await Promise.all(open.map((document) => documents.find(document)))).flat();
    observations.keep(({ name }) => found.some((each) => each.name?.value === name));
  });
}
