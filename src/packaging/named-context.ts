import type { YamlDocument } from './yaml-text.ts';

/**
 * A comment on a line of its own, in the style of editor modelines: `# kube-context: NAME`. A name may contain anything
 * except line breaks.
 */
const COMMENT = /^#[ \t]*kube-context:[ \t]*(\S(?:.*\S)?)[ \t]*\r?$/m;

/**
 * The context that a YAML document is meant for. It is a comment, which kubectl ignores, because a PackageRepository
 * has no such field and an annotation would be stored in the cluster.
 * @param before the previous document in the text: a comment above the first key belongs to this one
 */
export function namedContext(
  source: string,
  document: YamlDocument,
  before: YamlDocument | undefined,
): string | undefined {
  return COMMENT.exec(source.slice(before?.range[2] ?? 0, document.range[2]))?.[1];
}
