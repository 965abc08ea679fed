import type * as vscode from 'vscode';

/** Registers providers of read-only documents. */
export interface DocumentHost {
  /** Registers a provider for a scheme until the result is disposed of. */
  serve(scheme: string, provider: vscode.TextDocumentContentProvider): vscode.Disposable;
}
