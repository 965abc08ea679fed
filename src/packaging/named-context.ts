import type { YamlDocument } from './yaml-text.ts';

/** A comment on a line of its own, as people write modelines: `# kube-context: NAME`. Names may hold anything but line ends. */
const COMMENT = /^#[ \t]*kube-context:[ \t]*(\S(?:.*\S)?)[ \t]*\r?$/m;

/**
 * The context that a YAML document says it is for. A PackageRepository has no field for that, and an annotation would be stored in the
 * cluster, so it is a comment; kubectl passes over it.
 *
 * @param before the document before it in the same text: a comment above the first key is of this one
 */
export function namedContext(
  source: string,
  document: YamlDocument,
  before: YamlDocument | undefined,
): string | undefined {
  return COMMENT.exec(source.slice(before?.range[2] ?? 0, document.range[2]))?.[1];
}
