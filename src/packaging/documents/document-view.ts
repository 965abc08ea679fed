import { isMap, isScalar, isSeq } from 'yaml';
import type { LineCounter, Pair, YAMLMap } from 'yaml';

import { entriesOf, nodeAt } from '../yaml-text.ts';
import type { YamlDocument } from '../yaml-text.ts';

/** A position in a text: offsets in UTF-16 code units from the start, line and column from zero. */
export interface TextPlace {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

/** A value in its original spelling, with its position. */
export interface TextValue extends TextPlace {
  readonly value: string;
}

type Path = readonly (string | number)[];

/** Reads values of a YAML document with their positions; undefined if a value is missing or has another type. */
export class DocumentView {
  readonly source: string;
  readonly #document: YamlDocument;
  readonly #lines: LineCounter;

  constructor(document: YamlDocument, source: string, lines: LineCounter) {
    this.#document = document;
    this.source = source;
    this.#lines = lines;
  }

  /** A text, which may be empty. */
  text(...path: Path): TextValue | undefined {
    const node = nodeAt(this.#document, path);
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return undefined;
    return { value: node.value, ...this.place(node.range[0], node.range[1]) };
  }

  /** The keys of a mapping in order. */
  keys(...path: Path): string[] {
    const map = this.#map(path);
    if (map === undefined) return [];
    return entriesOf(this.#document, map).map(({ key }) => (isScalar(key) ? String(key.value) : ''));
  }

  /** The position of an entry's key, which is where findings about the entry are shown. */
  key(...path: Path): TextPlace | undefined {
    const pair = this.#pair(path);
    const key: unknown = pair?.key;
    return isScalar(key) && key.range ? this.place(key.range[0], key.range[1]) : undefined;
  }

  has(...path: Path): boolean {
    return this.#pair(path) !== undefined;
  }

  /** The length of a list; 0 if there is none. */
  length(...path: Path): number {
    const node = nodeAt(this.#document, path);
    return isSeq(node) ? node.items.length : 0;
  }

  /** The complete lines of an entry, so that deleting them leaves nothing behind; undefined within `{}`. */
  lines(...path: Path): { start: number; end: number } | undefined {
    const pair = this.#pair(path);
    const key: unknown = pair?.key;
    const value: unknown = pair?.value;
    if (!isScalar(key) || !key.range || this.#map(path.slice(0, -1))?.flow === true) return undefined;
    const valueEnd = (value as { range?: [number, number, number] } | null | undefined)?.range?.[1] ?? key.range[1];
    const start = this.source.lastIndexOf('\n', key.range[0] - 1) + 1;
    if (this.source.slice(start, key.range[0]).trim() !== '') return undefined;
    const newline = this.source.indexOf('\n', Math.max(valueEnd - 1, key.range[1]));
    return { start, end: newline < 0 ? this.source.length : newline + 1 };
  }

  /** Whether a mapping is written within `{}`. */
  isFlow(...path: Path): boolean {
    return this.#map(path)?.flow === true;
  }

  place(start: number, end: number): TextPlace {
    const { line, col } = this.#lines.linePos(start);
    return { start, end, line: line - 1, column: col - 1 };
  }

  #map(path: Path): YAMLMap | undefined {
    const node = nodeAt(this.#document, path);
    return isMap(node) ? node : undefined;
  }

  #pair(path: Path): Pair | undefined {
    const last = path.at(-1);
    const map = this.#map(path.slice(0, -1));
    if (map === undefined) return undefined;
    return entriesOf(this.#document, map).find(({ key }) => isScalar(key) && key.value === last);
  }
}
