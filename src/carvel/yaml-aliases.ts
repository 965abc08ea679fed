import { isAlias, isMap, isSeq } from 'yaml';
import type { Document } from 'yaml';

/** Nodes that aliases may add regardless of the document's size. */
const MIN_EXPANDED = 1000;
/** Maximum number of nodes that aliases may add. */
const MAX_EXPANDED = 400_000;
/** Maximum ratio of a document's expanded size to its size. */
const MAX_RATIO = 100;

/**
 * Whether the aliases of a document expand to an unreasonable size: an alias bomb, or an alias within its own anchor.
 * The limits are those of Go's YAML library, so that everything imgpkg and kubectl can read is accepted.
 */
export function expandsExcessively(document: Document): boolean {
  const anchors = new Map<string, number>();
  let own = 0;
  const unfolded = (node: unknown): number => {
    own++;
    if (isAlias(node)) return anchors.get(node.source) ?? 1;
    if (!isMap(node) && !isSeq(node)) {
      note(node, 1);
      return 1;
    }
    // Until the node's end, an alias to it is inside itself.
    note(node, Number.POSITIVE_INFINITY);
    let size = 1;
    for (const item of node.items as readonly unknown[]) {
      if (isMap(node)) size += unfolded((item as { key: unknown }).key) + unfolded((item as { value: unknown }).value);
      else size += unfolded(item);
    }
    note(node, size);
    return size;
  };
  const note = (node: unknown, size: number): void => {
    const { anchor } = (node ?? {}) as { readonly anchor?: string };
    if (anchor !== undefined) anchors.set(anchor, size);
  };
  const total = unfolded(document.contents);
  return total - own > MIN_EXPANDED && (total > own * MAX_RATIO || total - own > MAX_EXPANDED);
}
