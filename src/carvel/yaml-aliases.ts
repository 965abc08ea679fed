import { isAlias, isMap, isSeq } from 'yaml';
import type { Document } from 'yaml';

/** Nodes that may come from aliases whatever the size of the document. */
const FEW = 1000;
/** Nodes that may come from aliases at all. */
const MANY = 400_000;
/** How many times its own size a document may unfold to. */
const RATIO = 100;

/**
 * Whether the aliases of a document unfold to more than anyone writes on purpose: a bomb, or an alias inside its own anchor. The
 * bounds are those of Go's YAML library, so that whatever imgpkg and kubectl read is read.
 */
export function unfoldsBeyondReason(document: Document): boolean {
  const anchors = new Map<string, number>();
  let own = 0;
  const unfolded = (node: unknown): number => {
    own++;
    if (isAlias(node)) return anchors.get(node.source) ?? 1;
    if (!isMap(node) && !isSeq(node)) {
      note(node, 1);
      return 1;
    }
    // Until its end is reached an alias of it is inside itself.
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
  return total - own > FEW && (total > own * RATIO || total - own > MANY);
}
