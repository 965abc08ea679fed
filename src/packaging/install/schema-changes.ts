import { isDeepStrictEqual } from 'node:util';

import { record } from '../../base/json.ts';
import { pathText } from './check-values.ts';
import { factsOf } from './values-document.ts';
import { typesOf } from './values-schema.ts';
import type { ValuesSchema } from './values-schema.ts';

/** A difference between the values of two versions of a Package. */
export interface SchemaChange {
  readonly kind: 'added' | 'removed' | 'default' | 'type';
  readonly path: readonly string[];
  /** Type and default before and after, as far as there are any. */
  readonly before?: string;
  readonly after?: string;
  /** Whether the user has set this value. */
  readonly isSet: boolean;
}

/** Compares two schemas value by value, in the order of the new one; what was removed comes last. */
export function schemaChanges(
  before: ValuesSchema | undefined,
  after: ValuesSchema | undefined,
  values: unknown,
): readonly SchemaChange[] {
  const [old, now] = [leavesOf(before), leavesOf(after)];
  const changes = [...now].flatMap(([key, { path, schema }]): SchemaChange[] => {
    const known = old.get(key)?.schema;
    const isSet = hasValue(values, path);
    if (known === undefined) return [{ kind: 'added', path, after: factsOf(schema), isSet }];
    if (!isDeepStrictEqual(typesOf(known), typesOf(schema))) {
      return [{ kind: 'type', path, before: factsOf(known), after: factsOf(schema), isSet }];
    }
    return isDeepStrictEqual(known.default?.value, schema.default?.value)
      ? []
      : [{ kind: 'default', path, before: shownDefault(known), after: shownDefault(schema), isSet }];
  });
  const removed = [...old].filter(([key]) => !now.has(key));
  return [
    ...changes,
    ...removed.map(([, { path, schema }]) => ({
      kind: 'removed' as const,
      path,
      before: factsOf(schema),
      isSet: hasValue(values, path),
    })),
  ];
}

/** The changes as lines of a comment, in English like the schema. */
export function changeLines(changes: readonly SchemaChange[], from: string, to: string): string[] {
  if (changes.length === 0) return [`The values of ${from} and ${to} are the same.`];
  return [
    `What changes in the values from ${from} to ${to}:`,
    ...changes.map(({ kind, path, before = '', after = '', isSet }) => {
      const name = pathText(path);
      const set = isSet ? ' (you set it)' : '';
      if (kind === 'added') return `  + ${name}: ${after}${set}`;
      if (kind === 'removed') return `  - ${name}: ${before}${set}`;
      return `  ~ ${name}: ${before} -> ${after}${set}`;
    }),
  ];
}

function leavesOf(
  schema: ValuesSchema | undefined,
  path: readonly string[] = [],
): Map<string, { readonly path: readonly string[]; readonly schema: ValuesSchema }> {
  const leaves = new Map<string, { readonly path: readonly string[]; readonly schema: ValuesSchema }>();
  for (const [key, each] of schema?.properties ?? []) {
    const at = [...path, key];
    if (each.properties.size === 0) leaves.set(JSON.stringify(at), { path: at, schema: each });
    else for (const [name, leaf] of leavesOf(each, at)) leaves.set(name, leaf);
  }
  return leaves;
}

function shownDefault(schema: ValuesSchema): string {
  return schema.default === undefined ? 'no default' : `default ${JSON.stringify(schema.default.value)}`;
}

function hasValue(values: unknown, path: readonly string[]): boolean {
  let at: unknown = values;
  for (const step of path) {
    if (!Object.hasOwn(record(at), step)) return false;
    at = record(at)[step];
  }
  return true;
}
