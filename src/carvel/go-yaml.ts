import { plainOrQuoted } from './go-yaml-scalar.ts';

export interface YamlMapping {
  readonly [key: string]: string | boolean | null | YamlMapping | readonly YamlMapping[];
}

type YamlValue = YamlMapping[string];

/** Keys with more bytes, or with several lines, are written after a question mark. */
const MAX_SIMPLE_KEY = 128;

/**
 * Formats YAML like Go's sigs.k8s.io/yaml, which imgpkg uses: sorted keys, lists without indentation, and quotes around
 * every text that YAML 1.1 would read as another type, such as `on` or `2026-01-31`.
 */
export function formatGoYaml(value: YamlMapping): string {
  return mapping(value, 0);
}

function mapping(value: YamlMapping, indent: number): string {
  const pad = ' '.repeat(indent);
  return Object.keys(value)
    .sort(compareKeys)
    .map((key, index) => (index === 0 ? '' : pad) + entry(key, value[key] ?? null, indent))
    .join('');
}

function entry(key: string, value: YamlValue, indent: number): string {
  const isSimple = !/[\n\r\u0085\u2028\u2029]/.test(key) && Buffer.byteLength(key) <= MAX_SIMPLE_KEY;
  if (isSimple) {
    const name = `${plainOrQuoted(key, { column: indent, indent: indent + 2, isKey: true })}:`;
    return name + valueOf(value, indent, indent + Array.from(name).length);
  }
  const name = plainOrQuoted(key, { column: indent + 2, indent: indent + 2, isKey: false });
  return `? ${name}${name.endsWith('\n') ? '' : '\n'}${' '.repeat(indent)}:${valueOf(value, indent, indent + 1)}`;
}

/** The text after the colon, including the line break. */
function valueOf(value: YamlValue, indent: number, column: number): string {
  if (value === null || typeof value === 'boolean') return ` ${String(value)}\n`;
  if (typeof value === 'string') {
    const text = plainOrQuoted(value, { column: column + 1, indent: indent + 2, isKey: false });
    return ` ${text}${text.endsWith('\n') ? '' : '\n'}`;
  }
  const pad = ' '.repeat(indent);
  if (isList(value))
    return value.length === 0 ? ' []\n' : `\n${value.map((each) => `${pad}- ${mapping(each, indent + 2)}`).join('')}`;
  return Object.keys(value).length === 0 ? ' {}\n' : `\n${pad}  ${mapping(value, indent + 2)}`;
}

function isList(value: YamlValue): value is readonly YamlMapping[] {
  return Array.isArray(value);
}

const [LETTER, DIGIT] = [/^\p{L}$/u, /^\p{Nd}$/u];

/** Go's order: letters after all other characters, and digits compared as numbers. */
function compareKeys(first: string, second: string): number {
  const [a, b] = [Array.from(first), Array.from(second)];
  const at = a.findIndex((character, index) => character !== b[index]);
  if (at < 0 || at >= b.length) return a.length - b.length;
  const [x = '', y = ''] = [a[at], b[at]];
  const [isLetter, isOtherLetter] = [LETTER.test(x), LETTER.test(y)];
  if (isLetter !== isOtherLetter) return isLetter ? 1 : -1;
  if (!isLetter) {
    const [number, other] = [numberAt(a, at), numberAt(b, at)];
    if (number.value !== other.value) return number.value < other.value ? -1 : 1;
    if (number.digits !== other.digits) return number.digits - other.digits;
  }
  return (x.codePointAt(0) ?? 0) - (y.codePointAt(0) ?? 0);
}

/** The number that starts at a position; leading zeros count if other digits precede them. */
function numberAt(characters: readonly string[], position: number): { value: bigint; digits: number } {
  let end = position;
  while (DIGIT.test(characters[end] ?? '')) end++;
  let begin = position;
  while (DIGIT.test(characters[begin - 1] ?? '')) begin--;
  const text = characters.slice(begin, end).join('');
  return { value: /^\d+$/.test(text) ? BigInt(text) : 0n, digits: end - position };
}
