import { isMap, isScalar, isSeq, LineCounter } from 'yaml';

import type { DocumentFinding } from '../documents/finding.ts';
import type { EmbeddedText } from '../embedded-yaml.ts';
import type { TextPlace } from '../documents/document-view.ts';
import { nodeAt, parseYamlDocuments, yamlValue } from '../yaml-text.ts';
import type { YamlDocument } from '../yaml-text.ts';
import { checkValues, shownValue } from './check-values.ts';
import type { ValueProblem } from './check-values.ts';
import { schemaAt } from './values-schema.ts';
import type { ValuesSchema } from './values-schema.ts';

type Path = readonly (string | number)[];

/** Findings in the values of a PackageInstall, at their positions in the text that contains them. Never throws. */
export function valuesFindings(values: EmbeddedText, schema: ValuesSchema, source: string): DocumentFinding[] {
  const [document, ...more] = parseYamlDocuments(values.text);
  const lines = lineCounter(source);
  const placeOf = (start: number, end: number): TextPlace => {
    const [from, to] = [values.toOuter(start), values.toOuter(end)];
    const { line, col } = lines.linePos(from);
    return { start: from, end: Math.max(from, to), line: line - 1, column: col - 1 };
  };
  if (document === undefined) return [];
  const [error] = [document, ...more].flatMap((each) => each.errors);
  if (error !== undefined) {
    const [start, end] = error.pos;
    const args = { reason: error.message };
    return [
      { code: 'values-broken', severity: 'error', place: placeOf(start, Math.max(end, start + 1)), args, fixes: [] },
    ];
  }
  return checkValues(yamlValue(document), schema).map(({ code, severity, args, ...problem }) => {
    const [start, end] = rangeOf(document, problem);
    const place = placeOf(start, end);
    const fixes = problem.meant === undefined ? [] : [renamed(place, problem.meant)];
    return { code, severity, place, args, fixes };
  });
}

function renamed({ start, end }: TextPlace, text: string): DocumentFinding['fixes'][number] {
  return { code: 'rename-value', edits: [{ start, end, text }] };
}

/** Where a problem is shown: the key, or the value. */
function rangeOf(document: YamlDocument, { path, isKey }: Pick<ValueProblem, 'path' | 'isKey'>): [number, number] {
  const parent = nodeAt(document, path.slice(0, -1));
  const last = path.at(-1);
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))
    : undefined;
  const key: unknown = pair?.key;
  const keyRange = isScalar(key) && key.range ? key.range : undefined;
  const node = nodeAt(document, path) as { range?: [number, number, number] } | undefined;
  // A missing value is shown at the key of its parent, and a mapping by its key alone, because it can be long.
  const isBlock = isMap(node) || isSeq(node);
  const range = (isKey || isBlock ? (keyRange ?? node?.range) : (node?.range ?? keyRange)) ?? [0, 1, 1];
  const [start, end] = range[0] === range[1] ? (keyRange ?? range) : range;
  return [start, Math.max(end, start + 1)];
}

/** The path of keys at an offset of a values text, and whether the offset is on the last key. */
export interface ValuePath {
  readonly path: Path;
  readonly start: number;
  readonly end: number;
}

const KEY = /^(\s*)(?:#\s?)?((?:-\s+)*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s:#'"[\]{}-][^:#]*?)\s*:(?:\s|$)/;

/**
 * The keys that lead to a line of a values text, by indentation alone, so that it also works while the text is
 * incomplete and for values that are commented out. Items of lists count as 0.
 */
export function pathAtLine(text: string, line: number): Path {
  const lines = text.split('\n');
  const path: (string | number)[] = [];
  let limit = Number.POSITIVE_INFINITY;
  let isItem = false;
  for (let at = line; at >= 0; at--) {
    const found = keyOfLine(lines[at] ?? '');
    if (found === undefined || (found.indent >= limit && !leadsTo(found, limit, isItem))) continue;
    // The key after the dash of the same item is a sibling.
    if (found.indent < limit || !found.isItem) path.unshift(found.key);
    if (found.isItem) path.unshift(0);
    isItem = found.isItem;
    limit = isItem ? found.itemIndent : found.indent;
    if (limit === 0 && !isItem) break;
  }
  return path;
}

/**
 * Whether a line that is not indented less than what follows leads to it nevertheless: it starts the item of a list, or
 * has a list whose items are not indented (YAML 1.2.2, section 8.2.1).
 */
function leadsTo({ indent, isItem }: LineKey, limit: number, isFromItem: boolean): boolean {
  return indent === limit && isItem !== isFromItem;
}

interface LineKey {
  readonly key: string;
  /** Column of the key. */
  readonly indent: number;
  readonly isItem: boolean;
  readonly itemIndent: number;
  readonly start: number;
  readonly end: number;
}

function keyOfLine(line: string): LineKey | undefined {
  if (/^\s*##/.test(line)) return undefined;
  const match = KEY.exec(line);
  if (match === null) return undefined;
  const [, before = '', dashes = '', quoted = ''] = match;
  const start = line.indexOf(quoted, before.length + dashes.length);
  const isCommented = /^\s*#/.test(line);
  // Without its comment mark, the key stands where the mark is.
  const hash = line.indexOf('#');
  const indent = isCommented ? hash + Math.max(0, start - hash - 2) : start;
  const key = /^["']/.test(quoted) ? quoted.slice(1, -1) : quoted;
  return {
    key,
    indent,
    isItem: dashes !== '',
    itemIndent: before.length,
    start,
    end: start + quoted.length,
  };
}

/** The value under an offset: its path and the range of its key; undefined on explanations and empty lines. */
export function valueAt(text: string, offset: number): ValuePath | undefined {
  const begin = text.lastIndexOf('\n', offset - 1) + 1;
  const line = text.slice(0, begin).split('\n').length - 1;
  const found = keyOfLine(text.split('\n')[line] ?? '');
  if (found === undefined) return undefined;
  return { path: pathAtLine(text, line), start: begin + found.start, end: begin + found.end };
}

/** What can be written at a position of a values text. */
export interface ValueSuggestion {
  readonly text: string;
  readonly schema: ValuesSchema;
  /** Whether the suggestion is a key; otherwise it is a value. */
  readonly isKey: boolean;
  readonly isRequired: boolean;
}

/**
 * Suggests keys that are not set yet, or the values of the key before the offset.
 * @param offset in UTF-16 code units from the start of `text`
 */
export function suggestions(text: string, offset: number, schema: ValuesSchema): readonly ValueSuggestion[] {
  const begin = text.lastIndexOf('\n', offset - 1) + 1;
  const before = text.slice(begin, offset);
  const line = text.slice(0, begin).split('\n').length - 1;
  if (/^\s*#/.test(before)) return [];
  const key = keyOfLine(before.includes(':') ? `${before} ` : '');
  if (key !== undefined) {
    const own = schemaAt(schema, pathAtLine(text, line));
    return own === undefined
      ? []
      : valuesOf(own).map((value) => ({ text: value, schema: own, isKey: false, isRequired: false }));
  }
  if (!/^\s*(?:-\s+)*[\w.-]*$/.test(before)) return [];
  const indent = /^\s*(?:-\s+)*/.exec(before)?.[0].length ?? 0;
  const parent = parentPath(text, line, indent, before.includes('-'));
  const own = schemaAt(schema, parent);
  if (own === undefined) return [];
  const present = siblings(text, line, indent, before.includes('-'));
  return [...own.properties]
    .filter(([name]) => !present.has(name))
    .map(([name, each]) => ({ text: name, schema: each, isKey: true, isRequired: own.required.has(name) }));
}

/** The path of the mapping to which a new key with this indentation would belong. */
function parentPath(text: string, line: number, indent: number, isItem: boolean): Path {
  const lines = text.split('\n');
  const itemIndent = isItem ? (lines[line] ?? '').search(/-/) : indent;
  for (let at = line - 1; at >= 0; at--) {
    const source = lines[at] ?? '';
    const found = /^\s*#/.test(source) ? undefined : keyOfLine(source);
    if (found === undefined) continue;
    if (found.isItem && found.indent === indent) return pathAtLine(text, at).slice(0, -1);
    if (found.indent < indent && (!isItem || found.indent <= itemIndent)) {
      return isItem ? [...pathAtLine(text, at), 0] : pathAtLine(text, at);
    }
  }
  return [];
}

/**
 * The keys of the mapping around a line, commented-out ones excluded.
 * @param isFirst the line starts an item of a list, so what precedes it belongs to another mapping
 */
function siblings(text: string, line: number, indent: number, isFirst: boolean): ReadonlySet<string> {
  const lines = text.split('\n');
  const found = new Set<string>();
  for (const step of isFirst ? [1] : [-1, 1]) {
    for (let at = line + step; at >= 0 && at < lines.length; at += step) {
      const source = lines[at] ?? '';
      const key = /^\s*#/.test(source) ? undefined : keyOfLine(source);
      if (key === undefined) continue;
      if (key.indent < indent || (step === 1 && key.isItem && key.itemIndent < indent)) break;
      if (key.indent === indent) found.add(key.key);
      if (key.indent === indent && key.isItem && step === -1) break;
    }
  }
  return found;
}

function valuesOf(schema: ValuesSchema): readonly string[] {
  const texts = [
    ...(schema.enum ?? []),
    ...(schema.type === 'boolean' ? [true, false] : []),
    ...(schema.default === undefined || schema.properties.size > 0 ? [] : [schema.default.value]),
    ...(schema.example === undefined ? [] : [schema.example.value]),
  ].map((value) => (value === '' ? '""' : typeof value === 'string' ? value : (JSON.stringify(value) ?? 'null')));
  return [...new Set(texts)].filter((each) => each.length <= 200 && shownValue(each) === each);
}

function lineCounter(source: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) lines.addNewLine(at + 1);
  return lines;
}
