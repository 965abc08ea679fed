import * as vscode from 'vscode';

import { registriesView } from '../../contract/registries.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { Coalescer } from '../view/coalescer.ts';
import type { RegistryTreeNode } from './nodes.ts';
import type { RegistryReader } from './registry-reader.ts';
import { RegistryTree } from './registry-tree.ts';
import * as items from './tree-items.ts';

/** The Registries view: what the tree knows, as VS Code wants it. */
export class RegistriesView implements vscode.TreeDataProvider<RegistryTreeNode>, vscode.Disposable {
  readonly tree: RegistryTree;
  readonly onDidChangeTreeData: vscode.Event<RegistryTreeNode[] | undefined>;
  readonly #changes = new vscode.EventEmitter<RegistryTreeNode[] | undefined>();
  readonly #setting: RegistriesSetting;
  readonly #disposables: vscode.Disposable[];

  constructor(reader: RegistryReader, setting: RegistriesSetting) {
    this.#setting = setting;
    this.onDidChangeTreeData = this.#changes.event;
    const redraw = new Coalescer<RegistryTreeNode | undefined>((nodes) => {
      const known = nodes.filter((node) => node !== undefined);
      this.#changes.fire(known.length < nodes.length ? undefined : known);
    });
    this.tree = new RegistryTree({
      reader,
      registries: () => setting.all(),
      changed: (node) => redraw.add(node),
    });
    this.#disposables = [
      redraw,
      this.#changes,
      this.tree,
      setting.onDidChange(() => this.tree.settingsChanged()),
      vscode.window.createTreeView(registriesView, { treeDataProvider: this, showCollapseAll: true }),
    ];
  }

  getChildren(node?: RegistryTreeNode): Promise<RegistryTreeNode[]> {
    return this.tree.children(node);
  }

  getTreeItem(node: RegistryTreeNode): vscode.TreeItem {
    switch (node.kind) {
      case 'registry':
        return items.registryItem(node, this.#setting.get(node.registry)?.http === true);
      case 'repository':
        return items.repositoryItem(node, this.tree.added(node.registry).includes(node.path));
      case 'tag':
        return items.tagItem(node, this.tree.artifact(node));
      case 'internalTags':
        return items.internalTagsItem(node, this.tree.internalCount(node));
      case 'more':
        return items.moreItem(node);
      case 'noCatalog':
        return items.noCatalogItem(node);
      case 'error':
      default:
        return items.errorItem(node);
    }
  }

  dispose(): void {
    for (const disposable of this.#disposables.toReversed()) disposable.dispose();
  }
}
