import type * as vscode from 'vscode';

/** A tree view as seen by the code that provides its content. */
export interface TreeHost<Node> {
  readonly view: vscode.TreeView<Node>;
  /** Redraws nodes; undefined redraws all. */
  changed(nodes: Node[] | undefined): void;
}
