import type * as vscode from 'vscode';

/** A tree view as seen by the code that provides its content. */
export interface TreeHost<Node> {
  readonly view: vscode.TreeView<Node>;
  /** Redraws nodes; undefined redraws all. */
  changed(nodes: Node[] | undefined): void;
}

/** Registers providers of read-only documents. */
export interface DocumentHost {
  /** Registers a provider for a scheme until the result is disposed of. */
  serve(scheme: string, provider: vscode.TextDocumentContentProvider): vscode.Disposable;
}
