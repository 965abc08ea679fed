import { isScalar, Scalar } from 'yaml';

/** A YAML text within a scalar of another YAML document, such as the values in a Secret. */
export interface EmbeddedText {
  readonly text: string;
  /** From its first character to its end in the outer text, as offsets in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
  /** Maps an offset in `text` to the outer text. */
  readonly toOuter: (offset: number) => number;
  /** Maps an offset in the outer text to `text`; undefined if it is outside, or within the indentation. */
  readonly toInner: (offset: number) => number | undefined;
}

/**
 * The content of a literal block scalar (YAML 1.2, section 8.1.2), line by line. For other scalars, whose text has no
 * simple relation to the source, every offset maps to their start.
 */
export function embeddedText(source: string, node: unknown): EmbeddedText | undefined {
  if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return undefined;
  const [start, end] = node.range;
  if (node.type !== Scalar.BLOCK_LITERAL) {
    return { text: node.value, start, end, toOuter: () => start, toInner: () => undefined };
  }
  const begin = source.indexOf('\n', start) + 1;
  if (begin === 0) return undefined;
  const header = source.slice(start, begin);
  const raw = source.slice(begin, Math.max(begin, end));
  const lines = raw.split('\n');
  const indent = indentOf(lines, header, source.slice(source.lastIndexOf('\n', start - 1) + 1, start));
  const places: { inner: number; outer: number; length: number; skipped: number }[] = [];
  let [inner, outer] = [0, begin];
  const texts = lines.map((line) => {
    const skipped = Math.min(indent, line.search(/\S|$/));
    const text = line.slice(skipped).replace(/\r$/, '');
    places.push({ inner, outer, length: text.length, skipped });
    inner += text.length + 1;
    outer += line.length + 1;
    return text;
  });
  return {
    text: texts.join('\n'),
    start: begin,
    end: Math.max(begin, end),
    toOuter: (offset) => {
      const line = places.findLast((each) => each.inner <= offset) ?? { inner: 0, outer: begin, skipped: 0 };
      return line.outer + line.skipped + (offset - line.inner);
    },
    toInner: (offset) => {
      const line = places.findLast((each) => each.outer <= offset);
      if (line === undefined || offset > outer) return undefined;
      const column = offset - line.outer - line.skipped;
      return column < 0 ? undefined : line.inner + Math.min(column, line.length);
    },
  };
}

function indentOf(lines: readonly string[], header: string, before: string): number {
  const explicit = /[1-9]/.exec(/^[|>]([-+1-9]*)/.exec(header)?.[1] ?? '')?.[0];
  if (explicit !== undefined) return before.search(/\S|$/) + Number(explicit);
  return lines.find((line) => line.trim() !== '')?.search(/\S/) ?? 0;
}
