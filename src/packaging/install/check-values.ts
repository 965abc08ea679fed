import { isDeepStrictEqual } from 'node:util';

import { isRecord } from '../../base/json.ts';
import { printable } from '../../base/printable.ts';
import type { DocumentFinding } from '../documents/finding.ts';
import { typesOf } from './values-schema.ts';
import type { ValuesSchema, ValueType } from './values-schema.ts';

/** A value that does not comply with its schema. */
export interface ValueProblem {
  /** The keys that lead to it; a number is an index of a list. */
  readonly path: readonly (string | number)[];
  /** Whether the key itself is wrong, rather than its value. */
  readonly isKey: boolean;
  readonly severity: 'error' | 'warning';
  readonly code: DocumentFinding['code'];
  readonly args: DocumentFinding['args'];
  /** The key that was probably meant. */
  readonly meant?: string;
}

/** More problems would not be read. */
const MOST = 100;

/**
 * Checks values against the schema of their Package (OpenAPI v3.0). Unknown keys are errors only if the schema says so.
 * @param values plain data; undefined or null if there are none
 */
export function checkValues(values: unknown, schema: ValuesSchema): readonly ValueProblem[] {
  const problems: ValueProblem[] = [];
  check(values ?? {}, schema, [], problems);
  return problems.slice(0, MOST);
}

type Path = ValueProblem['path'];

function check(value: unknown, schema: ValuesSchema, path: Path, problems: ValueProblem[]): void {
  if (problems.length >= MOST) return;
  // The author of the Package chose the default, so it may be meant as it is.
  const isDefault = schema.default !== undefined && isDeepStrictEqual(schema.default.value, value);
  const add = (code: ValueProblem['code'], args: ValueProblem['args'] = {}): void => {
    const severity = isDefault ? 'warning' : 'error';
    problems.push({ path, isKey: false, severity, code, args: { path: pathText(path), ...args } });
  };
  const type = typesOf(schema).join(', ');
  if (value === null) {
    const isAccepted = schema.nullable || type === '';
    if (!isAccepted && !isDefault) add('value-null', { type });
    return;
  }
  if (schema.type !== undefined && !hasType(value, schema.type)) {
    add('value-type', { type, found: typeOf(value) });
    return;
  }
  if (schema.alternatives.length > 0 && !schema.alternatives.some((each) => complies(value, each))) {
    add('value-type', { type, found: typeOf(value) });
    return;
  }
  if (schema.enum !== undefined && !schema.enum.some((each) => isDeepStrictEqual(each, value))) {
    add('value-enum', { values: schema.enum.map(shownValue).join(', ') });
  }
  for (const [code, limit] of exceeded(value, schema)) add(code, { limit });
  if (Array.isArray(value) && schema.items !== undefined) {
    const { items } = schema;
    value.forEach((item: unknown, index) => check(item, items, [...path, index], problems));
  }
  if (isRecord(value)) checkKeys(value, schema, path, problems);
}

function checkKeys(
  value: Readonly<Record<string, unknown>>,
  schema: ValuesSchema,
  path: Path,
  problems: ValueProblem[],
): void {
  for (const [key, each] of Object.entries(value)) {
    const known = schema.properties.get(key);
    const at = [...path, key];
    if (known !== undefined) check(each, known, at, problems);
    else if (schema.additional === false) problems.push(unknownKey(at, key, schema));
    else if (schema.additional !== undefined) check(each, schema.additional, at, problems);
  }
  for (const key of schema.required) {
    if (Object.hasOwn(value, key) || schema.properties.get(key)?.default !== undefined) continue;
    const args = { path: pathText([...path, key]) };
    problems.push({ path, isKey: true, severity: 'error', code: 'value-required', args });
  }
}

function unknownKey(path: Path, key: string, { properties }: ValuesSchema): ValueProblem {
  const problem = { path, isKey: true, severity: 'error' as const };
  const args = { path: pathText(path) };
  const meant = [...properties.keys()].find((known) => isSimilar(known, key));
  if (meant === undefined) return { ...problem, code: 'value-unknown', args };
  return { ...problem, code: 'value-misspelled', args: { ...args, meant: printable(meant, 100) }, meant };
}

/** Whether two keys differ only in case, dashes and underscores, or by one letter. */
function isSimilar(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.toLowerCase().replace(/[-_]/g, '')) as [string, string];
  if (left === right) return true;
  if (Math.min(left.length, right.length) < 4) return false;
  let same = 0;
  while (same < left.length && left[same] === right[same]) same++;
  const restsMatch = (skipLeft: number, skipRight: number): boolean =>
    left.slice(same + skipLeft) === right.slice(same + skipRight);
  return restsMatch(1, 1) || restsMatch(1, 0) || restsMatch(0, 1);
}

function complies(value: unknown, schema: ValuesSchema): boolean {
  const problems: ValueProblem[] = [];
  check(value, schema, [], problems);
  return !problems.some(({ severity }) => severity === 'error');
}

/** The limits that a value exceeds. */
function exceeded(value: unknown, schema: ValuesSchema): (readonly [ValueProblem['code'], number])[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const found: (readonly [ValueProblem['code'], number])[] = [];
  if (typeof value === 'number') {
    if (minimum !== undefined && exclusiveMinimum && value <= minimum) found.push(['value-not-above', minimum]);
    else if (minimum !== undefined && value < minimum) found.push(['value-too-small', minimum]);
    if (maximum !== undefined && exclusiveMaximum && value >= maximum) found.push(['value-not-below', maximum]);
    else if (maximum !== undefined && value > maximum) found.push(['value-too-large', maximum]);
  }
  const { size = 0, least = 0, most = Number.POSITIVE_INFINITY } = sizes(value, schema);
  if (size < least) found.push(['value-too-short', least]);
  if (size > most) found.push(['value-too-long', most]);
  return found;
}

function sizes(
  value: unknown,
  schema: ValuesSchema,
): { readonly size?: number; readonly least?: number | undefined; readonly most?: number | undefined } {
  if (typeof value === 'string')
    return { size: Array.from(value).length, least: schema.minLength, most: schema.maxLength };
  if (Array.isArray(value)) return { size: value.length, least: schema.minItems, most: schema.maxItems };
  if (!isRecord(value)) return {};
  return { size: Object.keys(value).length, least: schema.minProperties, most: schema.maxProperties };
}

function hasType(value: unknown, type: ValueType): boolean {
  const found = typeOf(value);
  return found === type || (type === 'number' && found === 'integer');
}

function typeOf(value: unknown): ValueType | 'null' {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' || typeof value === 'bigint') {
    return Number.isInteger(Number(value)) ? 'integer' : 'number';
  }
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'object' ? 'object' : 'string';
}

/** A path as people write it: `ingress.hosts[0]`. */
export function pathText(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return printable(text.replace(/^\./, ''), 200);
}

/** A value on one line: a text as it is, anything else as JSON. */
export function shownValue(value: unknown): string {
  return printable(typeof value === 'string' && value !== '' ? value : (JSON.stringify(value) ?? ''), 200);
}
