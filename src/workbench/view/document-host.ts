import type * as vscode from 'vscode';

/** Where read-only documents are shown. */
export interface DocumentHost {
  /** Has the documents of a scheme of ours provided, until what is returned is disposed of. */
  serve(scheme: string, provider: vscode.TextDocumentContentProvider): vscode.Disposable;
}
