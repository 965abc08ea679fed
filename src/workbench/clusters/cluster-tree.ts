import type { ClusterSession, Kubeconfig } from '../../cluster/api.ts';
import type { InstallDetails } from '../../cluster/installs-api.ts';
import type { PackageRepository } from '../../packaging/package-repository.ts';
import { changedNodes, repositoryKey } from './changed-nodes.ts';
import { PAGE, contextChildren, groupChildren, repositoryChildren } from './cluster-children.ts';
import {
  clusterErrorNode,
  contextNode,
  groupNode,
  healthNode,
  kubeconfigProblemNode,
  moreNode,
  repositoryNode,
} from './cluster-nodes.ts';
import type { ClusterTreeNode, ContextNode, InstallNode, PackageRepositoryNode } from './cluster-nodes.ts';
import { installParts, partChildren } from './install-detail-nodes.ts';
import { InstallWatches } from './install-watches.ts';
import { ClusterWatch } from './cluster-watch.ts';
import type { ClusterView } from './cluster-watch.ts';
import { PackageIndex } from './package-index.ts';

export interface ClusterTreeOptions {
  readonly kubeconfig: () => Promise<Kubeconfig>;
  readonly session: (context: string) => Promise<ClusterSession>;
  /** The namespace to which a context is limited; undefined for all namespaces. */
  readonly namespace: (context: string) => string | undefined;
  /** Called when a node and its children must be redrawn; undefined for the complete view. */
  readonly changed: (node: ClusterTreeNode | undefined) => void;
}

/**
 * The data of the Clusters view. A context is watched from when it is expanded until it is collapsed or the view is hidden.
 */
export class ClusterTree {
  readonly #options: ClusterTreeOptions;
  readonly #watches = new Map<string, ClusterWatch>();
  readonly #indexes = new Map<string, PackageIndex>();
  /** Number of children to show for nodes where the user asked for more than the first page. */
  readonly #limits = new Map<string, number>();
  /** Contexts that are expanded in the view. */
  readonly #open = new Set<string>();
  /** VS Code identifies a node by object identity, so each id has exactly one object. */
  readonly #nodes = new Map<string, ClusterTreeNode>();
  /** What the PackageInstalls that are expanded have done and run. */
  readonly #installs: InstallWatches;
  /** The watches that go on when the view is shown again. */
  #hidden: readonly InstallNode[] = [];
  /** Contexts whose children are being returned to VS Code; changes until then are already included. */
  readonly #drawing = new Set<string>();
  #visible = true;

  constructor(options: ClusterTreeOptions) {
    this.#options = options;
    this.#installs = new InstallWatches({ session: options.session, changed: (node) => options.changed(node) });
  }

  async children(node?: ClusterTreeNode): Promise<ClusterTreeNode[]> {
    switch (node?.kind) {
      case undefined:
        return this.#roots(await this.#options.kubeconfig());
      case 'context':
        return this.#contextChildren(node);
      case 'packageRepository':
        return repositoryChildren(node, this.view(node.context), this.#index(node.context), this.#limit(node));
      case 'group': {
        const children = groupChildren(node, this.view(node.context), this.#index(node.context), this.#limit(node));
        if (node.of === 'installs') {
          this.#installs.renew(
            node.context,
            children.filter((each) => each.kind === 'install'),
          );
        }
        return children;
      }
      case 'install':
        return this.#installChildren(node);
      case 'detail':
        return partChildren(node);
      case 'health':
      case 'package':
      case 'more':
      case 'empty':
      case 'error':
      default:
        return [];
    }
  }

  /** The current state of the cluster of a context. */
  view(context: string): ClusterView {
    return this.#watch(context).view;
  }

  repository(node: PackageRepositoryNode): PackageRepository | undefined {
    const { snapshot } = this.view(node.context);
    return snapshot?.repositories.items.find((item) => repositoryKey(item) === repositoryKey(node));
  }

  /** The last known state of a cluster, if the view has watched it. */
  known(context: string): ClusterView | undefined {
    return this.#watches.get(context)?.view;
  }

  /** The last known details of a PackageInstall that is or was expanded. */
  installDetails(node: InstallNode): InstallDetails | undefined {
    return this.#installs.of(node).details;
  }

  /** Called when a PackageInstall is expanded again. */
  openedInstall(node: InstallNode): void {
    void this.#installs.start(node);
  }

  closedInstall(node: InstallNode): void {
    this.#installs.stop(node);
  }

  /** Called when a context is expanded again: VS Code has cached its children and does not ask for them. */
  opened(context: string): void {
    this.#open.add(context);
    void this.#watch(context).start();
  }

  closed(context: string): void {
    this.#open.delete(context);
    this.#installs.stopAll(context);
    this.#watches.get(context)?.stop();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    if (!visible) this.#hidden = this.#installs.stopAll();
    else for (const node of this.#hidden) void this.#installs.start(node);
    for (const context of this.#open) {
      if (visible) void this.#watch(context).start();
      else this.#watches.get(context)?.stop();
    }
  }

  /** @param id of the node that stands for the hidden children */
  showMore(id: string): void {
    const parent = [...this.#nodes.values()].find((node) => moreNode(node, 0).id === id);
    if (parent === undefined) return;
    this.#limits.set(parent.id, this.#limit(parent) + PAGE);
    this.#options.changed(parent);
  }

  /** Redraws the PackageRepositories and PackageInstalls of a context, after permissions became known. */
  redrawPermitted(context: string): void {
    this.redrawRepositories(context);
    this.#redraw(groupNode(context, 'installs'));
  }

  /** Redraws the PackageRepositories of a context, or of all watched contexts, from the current state. */
  redrawRepositories(context?: string): void {
    for (const each of context === undefined ? this.#watches.keys() : [context]) {
      for (const item of this.view(each).snapshot?.repositories.items ?? []) this.#redraw(repositoryNode(each, item));
    }
  }

  /** Redraws everything that shows the result of an audit. */
  redrawAudited(): void {
    for (const node of this.#nodes.values()) if (node.kind === 'context') this.#redraw(node);
    this.redrawRepositories();
  }

  /** Reconnects. The last known state stays visible until newer data arrives. */
  retry(context: string): void {
    this.#watches.get(context)?.stop();
    this.#installs.stopAll(context);
    this.#redraw(contextNode(context));
  }

  /** Reloads everything after a change of the kubeconfig. */
  reset(): void {
    this.#installs.stopAll();
    for (const watch of this.#watches.values()) watch.stop();
    this.#options.changed(undefined);
  }

  dispose(): void {
    this.#installs.stopAll();
    for (const watch of this.#watches.values()) watch.stop();
  }

  #roots({ contexts, problems }: Kubeconfig): ClusterTreeNode[] {
    return [...contexts.map(({ name }) => this.#node(contextNode(name))), ...problems.map(kubeconfigProblemNode)];
  }

  async #contextChildren(parent: ContextNode): Promise<ClusterTreeNode[]> {
    this.#open.add(parent.context);
    const watch = this.#watch(parent.context);
    if (this.#visible) {
      this.#drawing.add(parent.context);
      await watch.start();
      this.#drawing.delete(parent.context);
    }
    return contextChildren(parent, watch.view).map((node) => this.#node(node));
  }

  async #installChildren(node: InstallNode): Promise<ClusterTreeNode[]> {
    if (this.#visible) await this.#installs.start(node);
    const { details, error } = this.#installs.of(node);
    const { context, install } = node;
    const parent = { id: node.id, context, install: { namespace: install.namespace, name: install.name } };
    return [
      ...(error === undefined ? [] : [clusterErrorNode(node, error)]),
      ...(details === undefined ? [] : installParts(parent, details)),
    ];
  }

  #index(context: string): PackageIndex {
    const index = this.#indexes.get(context) ?? new PackageIndex();
    this.#indexes.set(context, index);
    return index;
  }

  #limit({ id }: ClusterTreeNode): number {
    return this.#limits.get(id) ?? PAGE;
  }

  #watch(context: string): ClusterWatch {
    let watch = this.#watches.get(context);
    if (watch === undefined) {
      watch = new ClusterWatch({
        session: () => this.#options.session(context),
        namespace: () => this.#options.namespace(context),
        changed: (before, after) => this.#changed(context, before, after),
      });
      this.#watches.set(context, watch);
    }
    return watch;
  }

  #changed(context: string, before: ClusterView, after: ClusterView): void {
    if (this.#drawing.has(context)) return;
    const change = changedNodes(before, after);
    if (change === 'context') {
      this.#redraw(contextNode(context));
      return;
    }
    for (const item of after.snapshot?.repositories.items ?? []) {
      if (change.has(repositoryKey(item))) this.#redraw(repositoryNode(context, item));
    }
    const [old, now] = [before.snapshot, after.snapshot];
    if (before.health !== after.health) this.#redraw(healthNode(contextNode(context)));
    if (old?.packages !== now?.packages) this.#redraw(groupNode(context, 'packages'));
    if (old?.installs !== now?.installs) this.#redraw(groupNode(context, 'installs'));
  }

  /** Redraws a node only if it was drawn before. */
  #redraw({ id }: ClusterTreeNode): void {
    const node = this.#nodes.get(id);
    if (node !== undefined) this.#options.changed(node);
  }

  #node<Node extends ClusterTreeNode>(made: Node): Node {
    if (made.kind === 'error') return made;
    const known = this.#nodes.get(made.id);
    if (known === undefined) this.#nodes.set(made.id, made);
    return (known ?? made) as Node;
  }
}
