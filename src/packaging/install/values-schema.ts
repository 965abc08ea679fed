import { array, defined, isRecord, record, text } from '../../base/json.ts';

export type ValueType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array';

/**
 * The schema of a value (OpenAPI v3.0, "Schema Object"), as kapp-controller stores it in `spec.valuesSchema.openAPIv3`
 * of a Package. kapp-controller does not read it; the tool that renders the Package validates the values by its own
 * rules.
 */
export interface ValuesSchema {
  /** Absent: any type. */
  readonly type?: ValueType;
  readonly nullable: boolean;
  readonly title?: string;
  readonly description?: string;
  /** Absent if there is none; the default itself may be null. */
  readonly default?: { readonly value: unknown };
  /** In the order of the schema. */
  readonly properties: ReadonlyMap<string, ValuesSchema>;
  readonly required: ReadonlySet<string>;
  /** The schema of other keys; `false` if there must be none, absent if anything is allowed. */
  readonly additional?: ValuesSchema | false;
  readonly items?: ValuesSchema;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  /** Shown but not checked: it is an ECMA or Go expression of unknown cost. */
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum: boolean;
  readonly exclusiveMaximum: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly deprecated: boolean;
  readonly example?: { readonly value: unknown; readonly description?: string };
  /** `oneOf` and `anyOf`: one of them must match. */
  readonly alternatives: readonly ValuesSchema[];
}

const TYPES: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array']);
/** A schema comes from a registry, and nobody writes one of this size by hand. */
const MOST_NODES = 20_000;
const DEEPEST = 40;

/**
 * Parses `spec.valuesSchema` of a Package. Undefined if there is none, or one that describes nothing (ytt writes such a
 * schema for a Package without data values).
 */
export function parseValuesSchema(valuesSchema: unknown): ValuesSchema | undefined {
  const { openAPIv3 } = record(valuesSchema);
  if (!isRecord(openAPIv3)) return undefined;
  const schema = parseSchema(openAPIv3, { nodes: 0 }, 0);
  return schema.properties.size === 0 && schema.additional === undefined ? undefined : schema;
}

function parseSchema(value: unknown, count: { nodes: number }, depth: number): ValuesSchema {
  count.nodes++;
  // What is beyond the limits is not described, and therefore accepted.
  const source = depth > DEEPEST || count.nodes > MOST_NODES ? {} : record(value);
  const child = (each: unknown): ValuesSchema => parseSchema(each, count, depth + 1);
  const { additionalProperties: additional, items } = source;
  const parts = array(source['allOf']).map(child);
  const alternatives = [...array(source['oneOf']), ...array(source['anyOf'])].map(child);
  // ytt writes the default of a value with several types into each of them.
  const [preset] = alternatives.flatMap((each) => each.default ?? []);
  const own: ValuesSchema = {
    nullable: source['nullable'] === true || alternatives.some((each) => each.nullable),
    properties: propertiesOf(source['properties'], count, depth),
    required: new Set(array(source['required']).filter((key) => typeof key === 'string')),
    exclusiveMinimum: source['exclusiveMinimum'] === true,
    exclusiveMaximum: source['exclusiveMaximum'] === true,
    deprecated: source['deprecated'] === true,
    alternatives,
    ...defined({ default: Object.hasOwn(source, 'default') ? { value: source['default'] } : preset }),
    ...(Object.hasOwn(source, 'example') && {
      example: { value: source['example'], ...defined({ description: text(source['x-example-description']) }) },
    }),
    ...defined({
      type: TYPES.has(source['type']) ? (source['type'] as ValueType) : undefined,
      title: text(source['title']),
      description: text(source['description']),
      additional: additional === false ? (false as const) : isRecord(additional) ? child(additional) : undefined,
      items: isRecord(items) ? child(items) : undefined,
      enum: Array.isArray(source['enum']) ? (source['enum'] as readonly unknown[]) : undefined,
      format: text(source['format']),
      pattern: text(source['pattern']),
      ...numbers(source),
    }),
  };
  return parts.reduce(merged, own);
}

function propertiesOf(value: unknown, count: { nodes: number }, depth: number): ReadonlyMap<string, ValuesSchema> {
  const entries = Object.entries(record(value)).slice(0, Math.max(0, MOST_NODES - count.nodes));
  return new Map(entries.map(([key, each]) => [key, parseSchema(each, count, depth + 1)]));
}

const NUMBERS = [
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const;

function numbers(source: Readonly<Record<string, unknown>>): Partial<Record<(typeof NUMBERS)[number], number>> {
  const found = NUMBERS.filter((key) => Number.isFinite(source[key])).map((key) => [key, source[key] as number]);
  return Object.fromEntries(found) as Partial<Record<(typeof NUMBERS)[number], number>>;
}

/** `allOf`: what both say; where they differ, the first counts. */
function merged(a: ValuesSchema, b: ValuesSchema): ValuesSchema {
  return {
    ...b,
    ...a,
    properties: new Map([...b.properties, ...a.properties]),
    required: new Set([...a.required, ...b.required]),
    alternatives: [...a.alternatives, ...b.alternatives],
  };
}

/** The schema at a path of keys (a number stands for an item of a list); undefined if the schema does not describe it. */
export function schemaAt(schema: ValuesSchema, path: readonly (string | number)[]): ValuesSchema | undefined {
  let at: ValuesSchema | undefined = schema;
  for (const step of path) {
    if (at === undefined) return undefined;
    const candidates: readonly ValuesSchema[] = [at, ...at.alternatives];
    const next = (each: ValuesSchema): ValuesSchema | undefined =>
      typeof step === 'number'
        ? each.items
        : (each.properties.get(step) ?? (each.additional === false ? undefined : each.additional));
    at = candidates.map(next).find((each) => each !== undefined);
  }
  return at;
}

/** Whether the schema requires a value from the user: there is no default for it. */
export function needsValue(parent: ValuesSchema, key: string): boolean {
  const schema = parent.properties.get(key);
  if (schema === undefined) return parent.required.has(key);
  if (parent.required.has(key) && schema.default === undefined && schema.properties.size === 0) return true;
  return [...schema.properties.keys()].some((each) => needsValue(schema, each));
}

/** The types that a schema names: its own, or those of its alternatives. Empty: any type. */
export function typesOf({ type, alternatives }: ValuesSchema): readonly ValueType[] {
  if (type !== undefined) return [type];
  return [...new Set(alternatives.flatMap(typesOf))];
}
