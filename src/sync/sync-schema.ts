import { isRecord } from '../base/json.ts';
import source from '../../docs/sync.schema.json' with { type: 'json' };
import { parseValuesSchema } from '../packaging/install/values-schema.ts';
import type { ValuesSchema } from '../packaging/install/values-schema.ts';

/** The JSON Schema of a file of kind Sync (docs/sync.schema.json), for editors. */
export const SYNC_SCHEMA: object = source;

/**
 * The same schema in the form in which an editor completes and explains values. What only serves validation is left out:
 * checkSyncText says more.
 */
export function syncValuesSchema(): ValuesSchema {
  const schema = parseValuesSchema({ openAPIv3: described(source) });
  if (schema === undefined) throw new Error('The schema describes fields.');
  return schema;
}

function described(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(described);
  if (!isRecord(value)) return value;
  const { $ref, const: only, oneOf: _oneOf, pattern: _pattern, $defs: _definitions, ...rest } = value;
  if (typeof $ref === 'string') return described(definition($ref));
  const own = Object.fromEntries(Object.entries(rest).map(([key, each]) => [key, described(each)]));
  return only === undefined ? own : { ...own, type: 'string', enum: [only] };
}

/** @param reference such as `#/$defs/policy` */
function definition(reference: string): unknown {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return (source.$defs as Readonly<Record<string, unknown>>)[name];
}
