import * as vscode from 'vscode';

import type { TreeHost } from '../view/hosts.ts';
import type { TreeContents } from '../workbench.ts';

/** A view that is registered on activation; its content is loaded when it is first shown. */
export class DeferredTree<Node> implements vscode.TreeDataProvider<Node>, TreeHost<Node>, vscode.Disposable {
  readonly view: vscode.TreeView<Node>;
  readonly onDidChangeTreeData: vscode.Event<Node[] | undefined>;
  readonly #changes = new vscode.EventEmitter<Node[] | undefined>();
  readonly #contents: () => Promise<TreeContents<Node>>;

  constructor(
    id: string,
    contents: () => Promise<TreeContents<Node>>,
    options: Omit<vscode.TreeViewOptions<Node>, 'treeDataProvider'> = {},
  ) {
    this.#contents = contents;
    this.onDidChangeTreeData = this.#changes.event;
    this.view = vscode.window.createTreeView(id, { ...options, treeDataProvider: this });
  }

  changed(nodes: Node[] | undefined): void {
    this.#changes.fire(nodes);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    return (await (await this.#contents()).getChildren(node)) ?? [];
  }

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    return withAccessibleLabel(await (await this.#contents()).getTreeItem(node));
  }

  /** Called when a node is to be revealed. */
  async getParent(node: Node): Promise<Node | undefined> {
    return (await (await this.#contents()).getParent?.(node)) ?? undefined;
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node, token: vscode.CancellationToken): Promise<vscode.TreeItem> {
    return (await (await this.#contents()).resolveTreeItem?.(item, node, token)) ?? item;
  }

  dispose(): void {
    this.view.dispose();
    this.#changes.dispose();
  }
}

/** Without a label of its own for screen readers, they would read the complete tooltip of an item. */
export function withAccessibleLabel(item: vscode.TreeItem): vscode.TreeItem {
  if (item.accessibilityInformation !== undefined) return item;
  const { label, description } = item;
  const parts = [typeof label === 'object' ? label.label : label, description];
  const text = parts.filter((part) => typeof part === 'string' && part !== '').join(', ');
  item.accessibilityInformation = { label: text };
  return item;
}
