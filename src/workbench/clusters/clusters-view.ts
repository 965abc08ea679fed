import * as vscode from 'vscode';

import type { Audits } from '../audit/audits.ts';
import { Coalescer } from '../../base/coalescer.ts';
import { Later } from '../view/later.ts';
import type { TreeHost } from '../view/hosts.ts';
import { withTimeout } from '../../base/parallel.ts';
import type { TreeContents } from '../workbench.ts';
import type { ApplyTargets } from './apply-targets.ts';
import * as items from './cluster-items.ts';
import { installItem } from './cluster-items.ts';
import type { ClusterTreeNode, InstallNode, PackageRepositoryNode } from './cluster-nodes.ts';
import { ClusterTree } from './cluster-tree.ts';
import type { Clusters } from './clusters.ts';
import { detailItem } from './install-detail-items.ts';
import type { NamespaceAccess, Permissions } from './namespace-access.ts';
import { repositoryItem } from './repository-item.ts';
import type { SeenRepository } from './repository-item.ts';
import type { ShownNamespaces } from './shown-namespaces.ts';
import { formatClockTime } from './state-text.ts';

/** Maximum time in milliseconds that drawing an item waits for the permissions, which are optional. */
const PERMISSIONS_TIMEOUT = 500;

export interface ClustersViewParts {
  readonly host: TreeHost<ClusterTreeNode>;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly access: NamespaceAccess;
  readonly namespaces: ShownNamespaces;
  readonly audits: Audits;
}

/** Adapts the cluster tree to the tree view of VS Code. */
export class ClustersView implements TreeContents<ClusterTreeNode>, vscode.Disposable {
  readonly tree: ClusterTree;
  /** Fires when the known state of a cluster may have changed. */
  readonly onDidChange: vscode.Event<void>;
  readonly #parts: ClustersViewParts;
  readonly #later: Later<ClusterTreeNode>;
  readonly #disposables: vscode.Disposable[];

  constructor(parts: ClustersViewParts) {
    this.#parts = parts;
    const { host, clusters, targets, access, namespaces, audits } = parts;
    const redraw = new Coalescer<ClusterTreeNode | undefined>((nodes) => {
      const known = nodes.filter((node) => node !== undefined);
      host.changed(known.length < nodes.length ? undefined : known);
    });
    const changes = new vscode.EventEmitter<void>();
    this.onDidChange = changes.event;
    this.#later = new Later((node) => redraw.add(node));
    this.tree = new ClusterTree({
      kubeconfig: () => clusters.kubeconfig(),
      session: (context) => clusters.session(context),
      namespace: (context) => namespaces.of(context),
      changed: (node) => {
        redraw.add(node);
        changes.fire();
      },
    });
    const { view } = host;
    this.tree.setVisible(view.visible);
    this.#disposables = [
      redraw,
      changes,
      this.#later,
      this.tree,
      view.onDidChangeVisibility(({ visible }) => this.tree.setVisible(visible)),
      view.onDidExpandElement(({ element }) => {
        if (element.kind === 'context') this.tree.opened(element.context);
        if (element.kind === 'install') this.tree.openedInstall(element);
      }),
      view.onDidCollapseElement(({ element }) => {
        if (element.kind === 'context') this.tree.closed(element.context);
        if (element.kind === 'install') this.tree.closedInstall(element);
      }),
      clusters.onDidChange(() => this.tree.reset()),
      targets.onDidChange(() => redraw.add(undefined)),
      access.onDidChange(({ context }) => this.tree.redrawPermitted(context)),
      audits.onDidChange(() => this.tree.redrawAudited()),
    ];
  }

  getChildren(node?: ClusterTreeNode): Promise<ClusterTreeNode[]> {
    return this.tree.children(node);
  }

  async getTreeItem(node: ClusterTreeNode): Promise<vscode.TreeItem> {
    switch (node.kind) {
      case 'context': {
        const { clusters, targets, namespaces, audits } = this.#parts;
        const chosen = (await targets.context())?.name === node.context;
        const context = await clusters.context(node.context);
        const [namespace, audited] = [namespaces.of(node.context), audits.ofCluster(node.context)];
        return items.contextItem(node, { context, chosen, namespace, audited });
      }
      case 'packageRepository':
        return this.#repositoryItem(node);
      case 'health':
        return items.healthItem(node, this.tree.view(node.context));
      case 'group':
        return items.groupItem(node, this.tree.view(node.context));
      case 'package':
        return items.packageItem(node, this.tree.view(node.context).health?.globalNamespace);
      case 'install':
        return this.#installItem(node);
      case 'detail':
        return detailItem(node);
      case 'more':
        return items.moreItem(node);
      case 'empty':
        return items.emptyItem(node, node.repository && (await this.#describe(node.repository)));
      case 'error':
      default:
        return items.clusterErrorItem(node);
    }
  }

  /** If the permissions arrive late, the item is drawn without them and redrawn later. */
  async #repositoryItem(node: PackageRepositoryNode): Promise<vscode.TreeItem> {
    const { audits } = this.#parts;
    const permissions = await this.#permissions(node.context, node.namespace);
    return repositoryItem(node, await this.#describe(node), permissions, audits.ofRepository(node));
  }

  async #permissions(context: string, namespace: string): Promise<Permissions | undefined> {
    const { access } = this.#parts;
    return access.known(context, namespace) ?? withTimeout(access.ask(context, namespace), PERMISSIONS_TIMEOUT);
  }

  async #describe(node: PackageRepositoryNode): Promise<SeenRepository | undefined> {
    const repository = this.tree.repository(node);
    const { snapshot, health } = this.tree.view(node.context);
    if (repository === undefined || snapshot === undefined) return undefined;
    const { reconcileState } = await import('../../packaging/reconcile-state.ts');
    const { withConflictOwner } = await import('../../packaging/conflict-owner.ts');
    const { items, complete, problem } = snapshot.repositories;
    const known = complete && problem === undefined ? items : undefined;
    const state = withConflictOwner(
      reconcileState(repository, Date.now(), items),
      repository,
      snapshot.packages.items,
      known,
    );
    this.#later.set(node, state.changesAt);
    return { repository, state, facts: health ?? {} };
  }

  async #installItem(node: InstallNode): Promise<vscode.TreeItem> {
    const { snapshot, health } = this.tree.view(node.context);
    const details = this.tree.installDetails(node);
    const { waitingOf } = await import('../../packaging/install/waiting.ts');
    const { describeInstall } = await import('../../packaging/describe-install.ts');
    const around = {
      packages: snapshot?.packages.items ?? [],
      installs: snapshot?.installs.items ?? [],
      facts: health ?? {},
      waiting: details === undefined ? [] : waitingOf(details),
    };
    const description = describeInstall(node.install, around, Date.now(), formatClockTime);
    this.#later.set(node, description.changesAt);
    const { context, install } = node;
    return installItem(node, description, await this.#permissions(context, install.namespace));
  }

  dispose(): void {
    for (const disposable of this.#disposables.toReversed()) disposable.dispose();
  }
}
