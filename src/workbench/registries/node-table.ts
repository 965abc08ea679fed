import type { RegistryTreeNode } from './nodes.ts';

/** VS Code knows a node by its identity: there is one object for each id. */
export class NodeTable {
  readonly #nodes = new Map<string, RegistryTreeNode>();

  find(id: string): RegistryTreeNode | undefined {
    return this.#nodes.get(id);
  }

  /** For nodes that are nothing but their id. */
  same<Node extends RegistryTreeNode>(made: Node): Node {
    const known = this.#nodes.get(made.id);
    if (known !== undefined) return known as Node;
    this.#nodes.set(made.id, made);
    return made;
  }

  /** For nodes that say something which changes. */
  latest<Node extends RegistryTreeNode>(made: Node): Node {
    this.#nodes.set(made.id, made);
    return made;
  }

  forget(isRemoved: (node: RegistryTreeNode) => boolean): void {
    for (const [id, node] of this.#nodes) if (isRemoved(node)) this.#nodes.delete(id);
  }
}
