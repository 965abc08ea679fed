import { compareTags } from '../../carvel/tag-order.ts';
import type { ClusterSession, Kubeconfig } from '../../cluster/api.ts';
import type { Package } from '../../packaging/package.ts';
import type { PackageRepository } from '../../packaging/package-repository.ts';
import { changedNodes, repositoryKey } from './changed-nodes.ts';
import { clusterErrorNode, contextNode, emptyNode, packageNode, repositoryNode } from './cluster-nodes.ts';
import type { ClusterTreeNode, ContextNode, PackageRepositoryNode } from './cluster-nodes.ts';
import { ClusterWatch } from './cluster-watch.ts';
import type { ClusterView } from './cluster-watch.ts';

export interface ClusterTreeOptions {
  readonly kubeconfig: () => Promise<Kubeconfig>;
  readonly session: (context: string) => Promise<ClusterSession>;
  /** A node is to be drawn again, with what is below it; undefined means all of them. */
  readonly changed: (node: ClusterTreeNode | undefined) => void;
}

/** The clusters as the view sees them: a context is looked at from when it is opened until it is closed or out of sight. */
export class ClusterTree {
  readonly #options: ClusterTreeOptions;
  readonly #watches = new Map<string, ClusterWatch>();
  /** Contexts that are open in the view. */
  readonly #open = new Set<string>();
  /** VS Code knows a node by its identity: there is one object for each id. */
  readonly #nodes = new Map<string, ClusterTreeNode>();
  #visible = true;

  constructor(options: ClusterTreeOptions) {
    this.#options = options;
  }

  async children(node?: ClusterTreeNode): Promise<ClusterTreeNode[]> {
    switch (node?.kind) {
      case undefined:
        return (await this.#options.kubeconfig()).contexts.map(({ name }) => this.#node(contextNode(name)));
      case 'context':
        return this.#contextChildren(node);
      case 'packageRepository':
        return this.#repositoryChildren(node);
      case 'package':
      case 'empty':
      case 'error':
      default:
        return [];
    }
  }

  repository(node: PackageRepositoryNode): PackageRepository | undefined {
    const { snapshot } = this.#watch(node.context).view;
    return snapshot?.repositories.items.find((item) => repositoryKey(item) === repositoryKey(node));
  }

  /** A context that was closed is opened again: VS Code still has its children and does not ask. */
  opened(context: string): void {
    this.#open.add(context);
    void this.#watch(context).start();
  }

  closed(context: string): void {
    this.#open.delete(context);
    this.#watches.get(context)?.stop();
  }

  setVisible(visible: boolean): void {
    this.#visible = visible;
    for (const context of this.#open) {
      if (visible) void this.#watch(context).start();
      else this.#watches.get(context)?.stop();
    }
  }

  /** Connects anew; what was seen stays until there is something newer. */
  retry(context: string): void {
    this.#watches.get(context)?.stop();
    this.#options.changed(this.#nodes.get(contextNode(context).id));
  }

  /** The kubeconfig changed: everything is looked at anew. */
  reset(): void {
    for (const watch of this.#watches.values()) watch.stop();
    this.#options.changed(undefined);
  }

  dispose(): void {
    for (const watch of this.#watches.values()) watch.stop();
  }

  async #contextChildren(parent: ContextNode): Promise<ClusterTreeNode[]> {
    this.#open.add(parent.context);
    const watch = this.#watch(parent.context);
    if (this.#visible) await watch.start();
    const { snapshot, error } = watch.view;
    const repositories = snapshot?.repositories;
    const nodes: ClusterTreeNode[] = (repositories?.items ?? []).map((item) =>
      this.#node(repositoryNode(parent.context, item)),
    );
    const problem = error ?? repositories?.problem?.error;
    if (problem !== undefined) nodes.unshift(clusterErrorNode(parent, problem));
    else if (nodes.length === 0 && repositories?.complete === true) nodes.push(emptyNode(parent, 'repositories'));
    return nodes;
  }

  #repositoryChildren(parent: PackageRepositoryNode): ClusterTreeNode[] {
    const packages = this.#watch(parent.context).view.snapshot?.packages;
    const own = (packages?.items ?? []).filter(
      ({ repository }) => repository !== undefined && repositoryKey(repository) === repositoryKey(parent),
    );
    const nodes: ClusterTreeNode[] = own.sort(byNameAndVersion).map((item) => packageNode(parent, item));
    if (packages?.problem !== undefined) nodes.unshift(clusterErrorNode(parent, packages.problem.error));
    else if (nodes.length === 0 && packages?.complete === true) nodes.push(emptyNode(parent, 'packages'));
    return nodes;
  }

  #watch(context: string): ClusterWatch {
    let watch = this.#watches.get(context);
    if (watch === undefined) {
      const session = () => this.#options.session(context);
      watch = new ClusterWatch(session, (before, after) => this.#changed(context, before, after));
      this.#watches.set(context, watch);
    }
    return watch;
  }

  #changed(context: string, before: ClusterView, after: ClusterView): void {
    const change = changedNodes(before, after);
    if (change === 'context') {
      this.#options.changed(this.#nodes.get(contextNode(context).id));
      return;
    }
    for (const item of after.snapshot?.repositories.items ?? []) {
      const node = this.#nodes.get(repositoryNode(context, item).id);
      if (node !== undefined && change.has(repositoryKey(item))) this.#options.changed(node);
    }
  }

  #node<Node extends ClusterTreeNode>(made: Node): Node {
    const known = this.#nodes.get(made.id);
    if (known === undefined) this.#nodes.set(made.id, made);
    return (known ?? made) as Node;
  }
}

function byNameAndVersion(a: Package, b: Package): number {
  if (a.refName !== b.refName) return a.refName < b.refName ? -1 : 1;
  return compareTags(a.version, b.version);
}
