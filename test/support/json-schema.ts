// The part of JSON Schema that this project's schemas use. An unknown keyword is an error, so that nothing is skipped.
type Schema = Readonly<Record<string, unknown>>;

const KNOWN = new Set([
  '$schema',
  '$defs',
  '$ref',
  'title',
  'description',
  'type',
  'required',
  'properties',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'oneOf',
  'minItems',
  'minLength',
  'pattern',
]);

/** The places where a value violates a schema, with the reasons; empty if it is valid. */
export function schemaViolations(value: unknown, schema: Schema, root: Schema = schema, path = '$'): string[] {
  const unknown = Object.keys(schema).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw new Error(`unknown keyword ${unknown} at ${path}`);
  const { $ref, type, required, properties, additionalProperties, items, enum: allowed, const: only, oneOf } = schema;
  const found: string[] = [];
  if (typeof $ref === 'string') found.push(...schemaViolations(value, resolve(root, $ref), root, path));
  if (only !== undefined && value !== only)
    found.push(`${path}: expected ${JSON.stringify(only)}, got ${JSON.stringify(value)}`);
  if (Array.isArray(allowed) && !allowed.includes(value))
    found.push(`${path}: ${JSON.stringify(value)} is not allowed`);
  if (typeof type === 'string' && !isOfType(value, type)) return [...found, `${path}: expected ${type}`];
  if (Array.isArray(oneOf)) {
    const results = (oneOf as Schema[]).map((each) => schemaViolations(value, each, root, path));
    const fitting = results.filter((each) => each.length === 0).length;
    if (fitting !== 1) found.push(`${path}: fits ${fitting} of ${results.length}: ${results.flat().join('; ')}`);
  }
  const { minItems = 0, minLength = 0, pattern } = schema;
  if (Array.isArray(value) && value.length < Number(minItems))
    found.push(`${path}: fewer than ${String(minItems)} items`);
  if (typeof value === 'string') {
    if (value.length < Number(minLength)) found.push(`${path}: shorter than ${String(minLength)}`);
    if (typeof pattern === 'string' && !new RegExp(pattern, 'u').test(value))
      found.push(`${path}: does not match ${pattern}`);
  }
  if (Array.isArray(value) && items !== undefined) {
    value.forEach((each, index) => found.push(...schemaViolations(each, items as Schema, root, `${path}[${index}]`)));
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const own = (properties ?? {}) as Readonly<Record<string, Schema>>;
    for (const name of (required ?? []) as string[]) if (!(name in value)) found.push(`${path}: ${name} is missing`);
    for (const [name, each] of Object.entries(value)) {
      if (own[name] !== undefined) found.push(...schemaViolations(each, own[name], root, `${path}.${name}`));
      else if (additionalProperties === false) found.push(`${path}: ${name} is not described`);
    }
  }
  return found;
}

function resolve(root: Schema, reference: string): Schema {
  const steps = reference.split('/').slice(1);
  return steps.reduce<Schema>((schema, step) => schema[step] as Schema, root);
}

function isOfType(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
