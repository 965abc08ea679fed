import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, parseDocument, visit } from 'yaml';
import type { Document, LineCounter, Pair, ParsedNode, Tags, YAMLMap } from 'yaml';

import { isNestedTooDeeply } from '../base/yaml-depth.ts';
import { expandsExcessively } from '../carvel/yaml-aliases.ts';

export type YamlDocument = Document.Parsed<ParsedNode>;

/**
 * The documents of a text with their positions, including broken ones (with `errors`); empty for a text that is nested
 * too deeply.
 */
export function parseYamlDocuments(source: string, lineCounter?: LineCounter): YamlDocument[] {
  if (isNestedTooDeeply(source)) return [];
  try {
    const documents = parseAllDocuments(source, {
      logLevel: 'silent',
      prettyErrors: false,
      // Kubernetes tools parse YAML 1.1.
      merge: true,
      ...(lineCounter && { lineCounter }),
    });
    return Array.isArray(documents) ? documents : [];
  } catch {
    return [];
  }
}

/** Plain data of a document; undefined if its aliases expand to an unreasonable size. */
export function yamlValue(document: Document): unknown {
  try {
    return expandsExcessively(document) ? undefined : (document.toJS({ maxAliasCount: -1 }) as unknown);
  } catch {
    return undefined;
  }
}

/** The node at a path, resolving aliases and merge keys; undefined if there is none. */
export function nodeAt(document: Document, path: readonly (string | number)[]): unknown {
  let node: unknown = document.contents;
  for (const step of path) {
    const parent = resolved(document, node);
    if (isMap(parent)) node = entriesOf(document, parent).find(({ key }) => isScalar(key) && key.value === step)?.value;
    else node = isSeq(parent) && typeof step === 'number' ? parent.items[step] : undefined;
  }
  return resolved(document, node);
}

/** The entries of a mapping: its own, followed by those from merge keys that it does not override. */
export function entriesOf(document: Document, map: YAMLMap): Pair[] {
  const target = (node: unknown): unknown => resolved(document, node);
  const merged = map.items.filter(isMerge).flatMap((pair) => mergedEntries(pair, target));
  return [...map.items.filter((pair) => !isMerge(pair)), ...merged];
}

/** The parser represents a merge key's value as a symbol. */
function isMerge({ key }: Pair): boolean {
  return isScalar(key) && typeof key.value === 'symbol';
}

/** @param target resolves an alias, and returns any other node unchanged */
function mergedEntries({ value }: Pair, target: (node: unknown) => unknown): Pair[] {
  const sources = target(value);
  const maps = (isSeq(sources) ? sources.items : [sources]).map(target).filter(isMap);
  return maps.flatMap(({ items }) => items);
}

function resolved(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

/** Plain data of a text with a single YAML document; undefined if it is broken. */
export function parseYamlValue(source: string): unknown {
  if (isNestedTooDeeply(source)) return undefined;
  try {
    const document = parseDocument(source, { logLevel: 'silent', merge: true });
    return document.errors.length === 0 ? yamlValue(document) : undefined;
  } catch {
    return undefined;
  }
}

/** Kubernetes tools read these scalars as texts, although YAML 1.1 gives them another type. */
function kubernetesTags(tags: Tags): Tags {
  return tags.filter(
    (tag) => typeof tag === 'string' || (tag.tag !== 'tag:yaml.org,2002:timestamp' && tag.format !== 'TIME'),
  );
}

/**
 * Plain data of a text's first YAML document, parsed as Kubernetes tools do (sigs.k8s.io/yaml): YAML 1.1 with merge
 * keys, the last of duplicate keys counts, and further documents are ignored.
 * @throws Error that says why the text cannot be parsed, without quoting from it
 */
export function parseKubernetesYaml(source: string): { readonly value: unknown; readonly ignoresDocuments: boolean } {
  if (isNestedTooDeeply(source)) throw new Error('it is nested too deeply');
  // A lone carriage return is a line break in YAML.
  const text = source.replace(/\r\n?/g, '\n');
  const documents = parseAllDocuments(text, {
    version: '1.1',
    uniqueKeys: false,
    customTags: kubernetesTags,
    logLevel: 'silent',
    prettyErrors: false,
  });
  const [document, ...more] = Array.isArray(documents) ? documents : [];
  const [error] = document?.errors ?? [];
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length;
    throw new Error(`it is not valid YAML (line ${line}: ${error.code})`);
  }
  if (document !== undefined) dropReplacedKeys(document);
  const value = document === undefined ? undefined : yamlValue(document);
  if (value === undefined && document !== undefined && document.contents !== null)
    throw new Error('it uses YAML aliases too often, or wrongly');
  return { value, ignoresDocuments: more.some((each) => each.errors.length > 0 || (yamlValue(each) ?? null) !== null) };
}

/** In Go's parser, a merge key also overrides the keys before it, contrary to the specification. */
function dropReplacedKeys(document: Document): void {
  const valueOf = ({ key }: Pair): unknown => (isScalar(key) ? key.value : key);
  // Alias.resolve() traverses the document each time, and a kubeconfig may have thousands of aliases.
  const anchors = new Map<string, unknown>();
  const targets = new Map<unknown, unknown>();
  visit(document, {
    Value: (_, node) => void (node.anchor !== undefined && anchors.set(node.anchor, node)),
    Alias: (_, alias) => void targets.set(alias, anchors.get(alias.source)),
  });
  const target = (node: unknown): unknown => (isAlias(node) ? targets.get(node) : node);
  visit(document, {
    Map: (_, map) => {
      if (!map.items.some(isMerge)) return;
      const replaced = new Set<unknown>();
      map.items = map.items.toReversed().filter((pair) => {
        if (isMerge(pair)) for (const each of mergedEntries(pair, target)) replaced.add(valueOf(each));
        return isMerge(pair) || !replaced.has(valueOf(pair));
      });
      map.items.reverse();
    },
  });
}
