import type { JsonRecord } from '../base/json.ts';
import { agentError } from './errors.ts';
import type { JsonSchema } from './tool.ts';

/** Larger than any reference, path or name. */
const MAX_LENGTH = 2000;
const MAX_ENTRIES = 100;

/** A text of an input schema. */
export function textSchema(description: string): object {
  return { type: 'string', description, minLength: 1, maxLength: MAX_LENGTH };
}

export function listSchema(description: string): object {
  return {
    type: 'array',
    description,
    maxItems: MAX_ENTRIES,
    items: { type: 'string', minLength: 1, maxLength: MAX_LENGTH },
  };
}

export function inputSchema(
  properties: Readonly<Record<string, object>>,
  required: readonly string[] = [],
): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

/**
 * Reads the input of a tool, whatever validated it before.
 * @throws agent.input-invalid
 */
export class Input {
  readonly #tool: string;
  readonly #values: JsonRecord;

  constructor(tool: string, { properties }: JsonSchema, values: JsonRecord) {
    this.#tool = tool;
    this.#values = values;
    const unknown = Object.keys(values).find((name) => !Object.hasOwn(properties, name));
    if (unknown !== undefined) throw this.invalid(unknown, 'there is no such field');
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value === '' || value.length > MAX_LENGTH) {
      throw this.invalid(name, `expected a text of 1 to ${MAX_LENGTH} characters`);
    }
    return value;
  }

  needed(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw this.invalid(name, 'it is missing');
    return value;
  }

  oneOf<Value extends string>(name: string, values: readonly Value[], otherwise: Value): Value {
    const given = this.text(name) ?? otherwise;
    const found = values.find((value) => value === given);
    if (found === undefined) throw this.invalid(name, `expected ${values.join(', ')}`);
    return found;
  }

  isOn(name: string): boolean {
    const value = this.#value(name) ?? false;
    if (typeof value !== 'boolean') throw this.invalid(name, 'expected true or false');
    return value;
  }

  list(name: string): string[] {
    const value = this.#value(name) ?? [];
    if (!Array.isArray(value) || value.length > MAX_ENTRIES) throw this.invalid(name, 'expected a list');
    return value.map((each: unknown) => {
      if (typeof each === 'string' && each !== '' && each.length <= MAX_LENGTH) return each;
      throw this.invalid(name, 'expected a list of texts');
    });
  }

  invalid(field: string, reason: string): Error {
    return agentError('input-invalid', { tool: this.#tool, field, reason });
  }

  #value(name: string): unknown {
    const value = Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
    // Some models send null for what they leave out.
    return value ?? undefined;
  }
}
