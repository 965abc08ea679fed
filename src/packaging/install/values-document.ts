import { isMap, isScalar, parseDocument, stringify } from 'yaml';

import { isRecord } from '../../base/json.ts';
import { printable } from '../../base/printable.ts';
import { shownValue } from './check-values.ts';
import { needsValue, typesOf } from './values-schema.ts';
import type { ValuesSchema } from './values-schema.ts';

const WIDTH = 100;
const STYLE = { lineWidth: 0, compat: 'yaml-1.1', aliasDuplicateObjects: false } as const;

/**
 * A YAML document with every value that a Package has: its description, type and default as comments (`##`), and its
 * key with the default, commented out (`#`), so that removing the `#` of a line sets the value. Keys without a default
 * that the schema requires are not commented out.
 */
export function valuesDocument(schema: ValuesSchema): string {
  const lines = keysOf(schema, '', false);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

function keysOf(schema: ValuesSchema, indent: string, isWithinComment: boolean): string[] {
  return [...schema.properties].flatMap(([key, each]) => {
    const isActive = !isWithinComment && needsValue(schema, key);
    return [
      ...explained(each, indent, schema.required.has(key) && each.default === undefined),
      ...entry(key, each, indent, isActive),
    ];
  });
}

function explained(schema: ValuesSchema, indent: string, isRequired: boolean): string[] {
  const facts = factsOf(schema, isRequired);
  const description = schema.description ?? schema.title;
  const text = description === undefined ? [] : wrapped(description, WIDTH - indent.length);
  return [...text, ...(facts === '' ? [] : wrapped(facts, WIDTH - indent.length))].map((line) => `${indent}## ${line}`);
}

/** Type, limits and default on one line, in English like the schema. */
export function factsOf(schema: ValuesSchema, isRequired = false): string {
  const { enum: values, default: preset, format, minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const range = (name: string, least: number | undefined, most: number | undefined): string[] =>
    least === undefined
      ? most === undefined
        ? []
        : [`${name} at most ${most}`]
      : [most === undefined ? `${name} at least ${least}` : `${name} ${least} to ${most}`];
  const types = typesOf(schema).join(' or ');
  return [
    ...(types === '' ? ['any type'] : [format === undefined ? types : `${types} (${printable(format, 60)})`]),
    ...(schema.nullable ? ['may be null'] : []),
    ...(values === undefined ? [] : [`one of: ${values.map(shownValue).join(', ')}`]),
    ...range('value', minimum, maximum),
    ...range('length', minLength ?? minItems, maxLength ?? maxItems),
    ...(schema.pattern === undefined ? [] : [`pattern ${printable(schema.pattern, 200)}`]),
    ...(schema.deprecated ? ['deprecated'] : []),
    ...(isRequired ? ['required'] : []),
    ...(preset === undefined || schema.properties.size > 0 ? [] : [`default: ${defaultText(preset.value)}`]),
  ].join('; ');
}

function defaultText(value: unknown): string {
  return printable(JSON.stringify(value) ?? 'null', 200);
}

function entry(key: string, schema: ValuesSchema, indent: string, isActive: boolean): string[] {
  const mark = isActive ? '' : '# ';
  const name = keyText(key);
  if (schema.properties.size > 0) {
    return [`${indent}${mark}${name}:`, ...keysOf(schema, `${indent}  `, !isActive)];
  }
  if (schema.default === undefined) return [`${indent}${mark}${name}:${isActive ? '' : ` ${emptyText(schema)}`}`];
  const [first = '', ...more] = stringify({ k: schema.default.value }, STYLE).trimEnd().split('\n');
  return [`${name}${first.slice(1)}`, ...more].map((line) => `${indent}${mark}${line}`);
}

function emptyText(schema: ValuesSchema): string {
  const [type] = typesOf(schema);
  const texts = { string: '""', array: '[]', object: '{}', boolean: 'false', integer: '0', number: '0' } as const;
  return type === undefined ? 'null' : texts[type];
}

function keyText(key: string): string {
  const text = stringify(key, STYLE).trimEnd();
  return text.includes('\n') || key.length > 100 ? JSON.stringify(key) : text;
}

/** Breaks a text of a Package into lines; no line is empty or contains anything but printable characters. */
function wrapped(text: string, width: number): string[] {
  const limit = Math.max(width, 40);
  return text
    .slice(0, 4000)
    .split(/\r?\n/)
    .map((line) => printable(line.trim(), 4000))
    .filter((line) => line !== '')
    .flatMap((line) => {
      const lines: string[] = [];
      let current = '';
      for (const word of line.split(/\s+/)) {
        if (current !== '' && current.length + 1 + word.length > limit) {
          lines.push(current);
          current = word;
        } else current = current === '' ? word : `${current} ${word}`;
      }
      return [...lines, current];
    });
}

/** The defaults of a schema as plain data; keys without a default are absent. */
export function defaultValues(schema: ValuesSchema): unknown {
  if (schema.properties.size === 0) return schema.default?.value;
  const entries = [...schema.properties].map(([key, each]) => [key, defaultValues(each)] as const);
  const own = isRecord(schema.default?.value) ? schema.default.value : {};
  return { ...own, ...Object.fromEntries(entries.filter(([, value]) => value !== undefined)) };
}

/** Removes the `#` of every commented-out value and leaves the explanations: what a user would do by hand. */
export function withoutCommentMarks(document: string): string {
  return document.replace(/^([ ]*)# /gm, '$1');
}

/** The top-level keys that a values document sets. */
export function keysSet(document: string): readonly string[] {
  const { contents } = parseDocument(document, { logLevel: 'silent' });
  return isMap(contents) ? contents.items.map(({ key }) => (isScalar(key) ? String(key.value) : '')) : [];
}
