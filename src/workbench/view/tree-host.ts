import type * as vscode from 'vscode';

/** A view of ours in VS Code, as who fills it needs it. */
export interface TreeHost<Node> {
  readonly view: vscode.TreeView<Node>;
  /** Has nodes drawn anew; undefined means all. */
  changed(nodes: Node[] | undefined): void;
}
