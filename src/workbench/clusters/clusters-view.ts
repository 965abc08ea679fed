import * as vscode from 'vscode';

import { clustersView } from '../../contract/clusters.ts';
import type { ApplyTargets } from './apply-targets.ts';
import { Coalescer } from '../view/coalescer.ts';
import * as items from './cluster-items.ts';
import type { ClusterTreeNode } from './cluster-nodes.ts';
import { ClusterTree } from './cluster-tree.ts';
import type { Clusters } from './clusters.ts';

/** The Clusters view: what the tree knows, as VS Code wants it. */
export class ClustersView implements vscode.TreeDataProvider<ClusterTreeNode>, vscode.Disposable {
  readonly tree: ClusterTree;
  readonly onDidChangeTreeData: vscode.Event<ClusterTreeNode[] | undefined>;
  readonly #changes = new vscode.EventEmitter<ClusterTreeNode[] | undefined>();
  readonly #clusters: Clusters;
  readonly #targets: ApplyTargets;
  readonly #disposables: vscode.Disposable[];

  constructor(clusters: Clusters, targets: ApplyTargets) {
    this.#clusters = clusters;
    this.#targets = targets;
    this.onDidChangeTreeData = this.#changes.event;
    const redraw = new Coalescer<ClusterTreeNode | undefined>((nodes) => {
      const known = nodes.filter((node) => node !== undefined);
      this.#changes.fire(known.length < nodes.length ? undefined : known);
    });
    this.tree = new ClusterTree({
      kubeconfig: () => clusters.kubeconfig(),
      session: (context) => clusters.session(context),
      changed: (node) => redraw.add(node),
    });
    const view = vscode.window.createTreeView(clustersView, { treeDataProvider: this, showCollapseAll: true });
    this.#disposables = [
      redraw,
      this.#changes,
      this.tree,
      view,
      view.onDidChangeVisibility(({ visible }) => this.tree.setVisible(visible)),
      view.onDidExpandElement(({ element }) => {
        if (element.kind === 'context') this.tree.opened(element.context);
      }),
      view.onDidCollapseElement(({ element }) => {
        if (element.kind === 'context') this.tree.closed(element.context);
      }),
      clusters.onDidChange(() => this.tree.reset()),
      targets.onDidChange(() => redraw.add(undefined)),
    ];
  }

  getChildren(node?: ClusterTreeNode): Promise<ClusterTreeNode[]> {
    return this.tree.children(node);
  }

  async getTreeItem(node: ClusterTreeNode): Promise<vscode.TreeItem> {
    switch (node.kind) {
      case 'context': {
        const chosen = (await this.#targets.context())?.name === node.context;
        return items.contextItem(node, await this.#clusters.context(node.context), chosen);
      }
      case 'packageRepository':
        return items.repositoryItem(node, this.tree.repository(node));
      case 'package':
        return items.packageItem(node);
      case 'empty':
        return items.emptyItem(node);
      case 'error':
      default:
        return items.clusterErrorItem(node);
    }
  }

  dispose(): void {
    for (const disposable of this.#disposables.toReversed()) disposable.dispose();
  }
}
