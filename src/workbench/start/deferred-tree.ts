import * as vscode from 'vscode';

import type { ContextKeyName } from '../../contract/contexts.ts';
import type { TreeHost } from '../view/hosts.ts';
import { setContext } from '../view/set-context.ts';
import type { TreeContents } from '../workbench.ts';

/** A view that is registered on activation; its content is loaded when it is first shown. */
export class DeferredTree<Node> implements vscode.TreeDataProvider<Node>, TreeHost<Node>, vscode.Disposable {
  readonly view: vscode.TreeView<Node>;
  readonly onDidChangeTreeData: vscode.Event<Node[] | undefined>;
  readonly #changes = new vscode.EventEmitter<Node[] | undefined>();
  readonly #contents: () => Promise<TreeContents<Node>>;

  readonly #emptyKey: ContextKeyName;

  /** @param emptyKey the context key that says that the view has no content */
  constructor(
    id: string,
    emptyKey: ContextKeyName,
    contents: () => Promise<TreeContents<Node>>,
    options: Omit<vscode.TreeViewOptions<Node>, 'treeDataProvider'> = {},
  ) {
    this.#contents = contents;
    this.#emptyKey = emptyKey;
    this.onDidChangeTreeData = this.#changes.event;
    this.view = vscode.window.createTreeView(id, { ...options, treeDataProvider: this });
  }

  changed(nodes: Node[] | undefined): void {
    this.#changes.fire(nodes);
  }

  async getChildren(node?: Node): Promise<Node[]> {
    const children = (await (await this.#contents()).getChildren(node)) ?? [];
    if (node === undefined) setContext(this.#emptyKey, children.length === 0);
    return children;
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
