import type { RegistryTreeNode } from './nodes.ts';

/** Maps ids to nodes, because VS Code identifies a node by object identity. */
export class NodeTable {
  readonly #nodes = new Map<string, RegistryTreeNode>();

  find(id: string): RegistryTreeNode | undefined {
    return this.#nodes.get(id);
  }

  /** Returns the existing node with the same id, for nodes without changing data. */
  same<Node extends RegistryTreeNode>(made: Node): Node {
    const known = this.#nodes.get(made.id);
    if (known !== undefined) return known as Node;
    this.#nodes.set(made.id, made);
    return made;
  }

  /** Replaces the node with the same id, for nodes with changing data. */
  latest<Node extends RegistryTreeNode>(made: Node): Node {
    this.#nodes.set(made.id, made);
    return made;
  }

  forget(isRemoved: (node: RegistryTreeNode) => boolean): void {
    for (const [id, node] of this.#nodes) if (isRemoved(node)) this.#nodes.delete(id);
  }
}
