import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import type { Document } from 'yaml';

import { isNestedTooDeeply } from '../base/yaml-depth.ts';
import { expandsExcessively } from '../carvel/yaml-aliases.ts';

/** Where something is wrong in a text, and what. Lines and columns (in UTF-16 code units) count from 1. */
export interface YamlProblem {
  readonly line: number;
  readonly column: number;
  /** Behind the last character. */
  readonly endLine: number;
  readonly endColumn: number;
  readonly reason: string;
}

/** Creates the error for a problem, in the terms of the file being read. */
export type Invalid = (problem: YamlProblem) => Error;

/**
 * Parses an untrusted text with exactly one YAML 1.2 document.
 * @param limit maximum size in bytes
 * @throws the error from `invalid`, with the position of the problem
 */
export function parseStrictYaml(text: string, limit: number, invalid: Invalid): YamlField {
  const top = (reason: string): Error => invalid({ line: 1, column: 1, endLine: 1, endColumn: 1, reason });
  if (Buffer.byteLength(text) > limit) throw top(`it has more than ${limit} bytes`);
  if (isNestedTooDeeply(text)) throw top('it is nested too deeply');
  const lines = new LineCounter();
  // A lone carriage return is a line break (YAML 1.2.2, section 5.4), which the parser does not support.
  const source = text.replace(/\r\n?/g, '\n');
  const parsed = parseAllDocuments(source, { lineCounter: lines, logLevel: 'silent', prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const at = ([start, end]: Range, reason: string): Error => {
    const { line, col } = lines.linePos(start);
    const { line: endLine, col: endColumn } = lines.linePos(Math.max(start, end));
    return invalid({ line, column: col, endLine, endColumn, reason });
  };
  const [document, second] = documents;
  if (document === undefined) throw top('it is empty');
  const [problem] = [...document.errors, ...document.warnings];
  if (problem !== undefined)
    throw at(problem.pos, `${problem.message.charAt(0).toLowerCase()}${problem.message.slice(1)}`);
  if (second !== undefined) throw at([second.range[0], second.range[0]], 'expected only one document');
  if (expandsExcessively(document)) throw top('its aliases unfold beyond reason');
  return new YamlField(document.contents, '', { document, at, lineOf: (offset) => lines.linePos(offset).line });
}

/** Offsets of the first character and behind the last one. */
type Range = readonly [number, number];

interface YamlContext {
  readonly document: Document;
  readonly at: (range: Range, reason: string) => Error;
  /** The line of an offset, from 1. */
  readonly lineOf: (offset: number) => number;
}

/** A value with its position, which is read as what the format expects there, or refused. */
export class YamlField {
  /** Such as `entries[2].bundle`; empty for the whole document. */
  readonly path: string;
  readonly #node: unknown;
  readonly #context: YamlContext;
  readonly #range: Range;

  /** @param range position for problems of a value that is missing */
  constructor(node: unknown, path: string, context: YamlContext, range: Range = [0, 0]) {
    this.path = path;
    this.#context = context;
    this.#range = rangeOf(node) ?? range;
    this.#node = isAlias(node) ? node.resolve(context.document) : node;
  }

  /** From 1. */
  get line(): number {
    return this.#context.lineOf(this.#range[0]);
  }

  /** The error for this value; the caller throws it. */
  invalid(reason: string): Error {
    return this.#context.at(this.#range, this.path === '' ? reason : `${this.path}: ${reason}`);
  }

  /**
   * The fields of a mapping.
   * @throws for anything else, an unknown field, and a missing one that is required
   */
  fields<Name extends string>(
    known: readonly Name[],
    required: readonly Name[] = [],
  ): Readonly<Partial<Record<Name, YamlField>>> {
    if (!isMap(this.#node)) throw this.invalid(`expected a mapping with ${listed(known)}`);
    const fields: Partial<Record<Name, YamlField>> = {};
    for (const { key, value } of this.#node.items) {
      const text: unknown = isScalar(key) ? key.value : undefined;
      const name = known.find((each) => each === text);
      const range = rangeOf(key) ?? this.#range;
      if (name === undefined) {
        const given = typeof text === 'string' ? `'${text}'` : 'this key';
        throw new YamlField(key, this.path, this.#context, range).invalid(
          `unknown field ${given}; expected ${listed(known)}`,
        );
      }
      fields[name] = new YamlField(value, this.path === '' ? name : `${this.path}.${name}`, this.#context, range);
    }
    const missing = required.find((name) => fields[name] === undefined);
    if (missing !== undefined) throw this.invalid(`the field ${missing} is missing`);
    return fields;
  }

  /** The items of a list with at least one item, unless `least` is 0. */
  items(what: string, least = 1): readonly YamlField[] {
    if (!isSeq(this.#node)) throw this.invalid(`expected a list of ${what}`);
    if (this.#node.items.length < least) throw this.invalid(`expected a list with at least one of ${what}`);
    return this.#node.items.map(
      (item, index) => new YamlField(item, `${this.path}[${index}]`, this.#context, this.#range),
    );
  }

  /** A text that is not empty. A number or a boolean has to be quoted, because its spelling would be lost otherwise. */
  text(what: string): string {
    const value: unknown = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value === 'string' && value !== '') return value;
    const isOther = typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint';
    throw this.invalid(`expected ${what}${isOther ? ', in quotes' : ''}`);
  }

  boolean(): boolean {
    const value: unknown = isScalar(this.#node) ? this.#node.value : undefined;
    if (typeof value === 'boolean') return value;
    throw this.invalid('expected true or false');
  }

  /** A text that is one of these. */
  oneOf<Value extends string>(values: readonly Value[]): Value {
    const text = isScalar(this.#node) ? this.#node.value : undefined;
    const value = values.find((each) => each === text);
    if (value === undefined) throw this.invalid(`expected ${values.join(' or ')}`);
    return value;
  }
}

function rangeOf(node: unknown): Range | undefined {
  const [start, end] = (node as { readonly range?: readonly number[] } | null | undefined)?.range ?? [];
  return start === undefined || end === undefined ? undefined : [start, end];
}

function listed(names: readonly string[]): string {
  return names.length === 1 ? `${names[0]}` : `one of ${names.join(', ')}`;
}
