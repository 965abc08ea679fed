import type { Scalar } from 'yaml';

/** Integers are bigint, other numbers are number. */
export type YamlScalar = string | boolean | bigint | number | null;

const CORE_TAG = 'tag:yaml.org,2002:';

const WORDS: ReadonlyMap<string, boolean | number | null> = new Map<string, boolean | number | null>([
  ...casesOf('y', 'yes', 'true', 'on').map((word) => [word, true] as const),
  ...casesOf('n', 'no', 'false', 'off').map((word) => [word, false] as const),
  ...['', '~', ...casesOf('null')].map((word) => [word, null] as const),
  ...['.nan', '.NaN', '.NAN'].map((word) => [word, Number.NaN] as const),
  ...casesOf('inf').flatMap((word) => [
    [`.${word}`, Number.POSITIVE_INFINITY] as const,
    [`+.${word}`, Number.POSITIVE_INFINITY] as const,
    [`-.${word}`, Number.NEGATIVE_INFINITY] as const,
  ]),
]);

/**
 * Resolves a scalar by the rules of Go's YAML library: YAML 1.1 without base-60 numbers.
 * @throws RangeError if the text does not match its tag
 */
export function resolveScalar({ source = '', type, tag }: Scalar): YamlScalar {
  // There, the tag "!" makes even a quoted scalar plain.
  const isPlain = type === 'PLAIN' || tag === '!';
  if (tag === undefined || tag === '!') return isPlain ? resolvePlain(source) : source;
  if (tag === `${CORE_TAG}binary`) return Buffer.from(source, 'base64').toString('utf8');
  const expected = EXPECTED[tag];
  if (expected === undefined) return source;
  const value = resolvePlain(source);
  if (expected === 'number' && typeof value === 'bigint') return Number(value);
  const kind = value === null ? 'null' : typeof value;
  if (kind !== expected) throw new RangeError(`cannot decode \`${source}\` as a !!${tag.slice(CORE_TAG.length)}`);
  return value;
}

/** The expected type by tag; any other tag, and !!str, keeps the text. */
const EXPECTED: Readonly<Record<string, string>> = {
  [`${CORE_TAG}bool`]: 'boolean',
  [`${CORE_TAG}int`]: 'bigint',
  [`${CORE_TAG}float`]: 'number',
  [`${CORE_TAG}null`]: 'null',
};

function resolvePlain(source: string): YamlScalar {
  const word = WORDS.get(source);
  if (word !== undefined) return word;
  if (/^\.[0-9]+(?:[eE][-+]?[0-9]+)?$/.test(source)) return finite(source);
  if (!/^[-+0-9]/.test(source)) return source;
  const digits = source.replaceAll('_', '');
  return wholeNumber(digits) ?? (FLOAT.test(digits) ? finite(digits, source) : source);
}

const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

function finite(digits: string, source = digits): number | string {
  const value = Number(digits);
  return Number.isFinite(value) ? value : source;
}

/** Parses an integer with Go's prefixes: 0x, 0o or 0 for octal, 0b. Undefined if it exceeds 64 bits. */
function wholeNumber(digits: string): bigint | undefined {
  const [, sign = '', prefix = '', rest = ''] = /^([-+]?)(0[xXoObB]?(?=.))?(.*)$/s.exec(digits) ?? [];
  const base = prefix.toLowerCase();
  const isDigits = { '0x': /^[0-9a-fA-F]+$/, '0b': /^[01]+$/, '0o': /^[0-7]+$/, '0': /^[0-7]+$/ }[base] ?? /^[0-9]+$/;
  if (!isDigits.test(rest)) return undefined;
  const size = BigInt(`${base === '0' ? '0o' : base}${rest}`);
  const value = sign === '-' ? -size : size;
  return value < -(2n ** 63n) || value >= 2n ** (sign === '+' ? 63n : 64n) ? undefined : value;
}

/**
 * Formats a scalar used as a text like Go does: floating-point numbers with 32 bits of precision, in the shortest form.
 */
export function formatScalar(value: Exclude<YamlScalar, null>): string {
  return typeof value === 'number' ? formatFloat(value) : String(value);
}

function formatFloat(value: number): string {
  const rounded = Math.fround(value);
  if (Number.isNaN(rounded)) return 'NaN';
  if (!Number.isFinite(rounded)) return rounded > 0 ? '+Inf' : '-Inf';
  if (rounded === 0) return Object.is(rounded, -0) ? '-0' : '0';
  let precision = 0;
  while (Math.fround(Number(rounded.toExponential(precision))) !== rounded) precision++;
  const [mantissa = '', exponent = '0'] = rounded.toExponential(precision).split('e');
  const power = Number(exponent);
  if (power < -4 || power >= 6)
    return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  return Number(rounded.toExponential(precision)).toFixed(Math.max(0, precision - power));
}

function casesOf(...words: readonly string[]): string[] {
  return words.flatMap((word) => [word, `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`, word.toUpperCase()]);
}
