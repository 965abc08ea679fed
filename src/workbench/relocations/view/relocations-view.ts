import * as vscode from 'vscode';

import { relocationsView } from '../../../contract/relocations.ts';
import { Coalescer } from '../../view/coalescer.ts';
import type { Relocations } from '../list/relocations.ts';
import { relocationItem } from './relocation-item.ts';
import { relocationNode } from './relocation-node.ts';
import type { RelocationNode } from './relocation-node.ts';

/** The Relocations view: what the list knows, as VS Code wants it. */
export class RelocationsView implements vscode.TreeDataProvider<RelocationNode>, vscode.Disposable {
  readonly onDidChangeTreeData: vscode.Event<RelocationNode[] | undefined>;
  readonly onDidChangeVisibility: vscode.Event<boolean>;
  readonly #changes = new vscode.EventEmitter<RelocationNode[] | undefined>();
  readonly #visibility = new vscode.EventEmitter<boolean>();
  readonly #relocations: Relocations;
  /** VS Code knows a node by its identity. */
  #nodes = new Map<string, RelocationNode>();
  readonly #disposables: vscode.Disposable[];

  constructor(relocations: Relocations) {
    this.#relocations = relocations;
    this.onDidChangeTreeData = this.#changes.event;
    this.onDidChangeVisibility = this.#visibility.event;
    const redraw = new Coalescer<string | undefined>((ids) => {
      const nodes = ids.flatMap((id) => (id === undefined ? [] : (this.#nodes.get(id) ?? [])));
      this.#changes.fire(ids.includes(undefined) ? undefined : nodes);
    });
    const view = vscode.window.createTreeView(relocationsView, { treeDataProvider: this });
    this.#disposables = [
      relocations.onDidChange((id) => redraw.add(id)),
      redraw,
      this.#changes,
      this.#visibility,
      view,
      view.onDidChangeVisibility(({ visible }) => this.#visibility.fire(visible)),
    ];
  }

  getChildren(node?: RelocationNode): RelocationNode[] {
    if (node !== undefined) return [];
    const nodes = this.#relocations.all().map(relocationNode);
    this.#nodes = new Map(nodes.map((each) => [each.relocation, each]));
    return nodes;
  }

  getTreeItem({ relocation: id }: RelocationNode): vscode.TreeItem {
    const relocation = this.#relocations.get(id);
    // It may have gone since; the next redraw leaves it out.
    return relocation === undefined ? { id, label: id } : relocationItem(relocation);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
