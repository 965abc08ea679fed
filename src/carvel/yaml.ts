import { Composer, Parser } from 'yaml';

import { causes } from '../base/errors.ts';
import { isNestedTooDeeply } from '../base/yaml-depth.ts';
import { carvelError } from './errors.ts';
import { DECODABLE, decodeYaml } from './yaml-decoder.ts';
import type { YamlMapping, YamlValue } from './yaml-decoder.ts';
import { formatScalar } from './yaml-scalar.ts';

/** Maximum size of a YAML file in bytes. */
export const YAML_LIMIT = 16 * 1024 * 1024;

export const IMGPKG_API_VERSION = 'imgpkg.carvel.dev/v1alpha1';

/**
 * Parses the mapping in an untrusted YAML file. Of several documents, the first counts, as in imgpkg.
 * @param where names the file in errors
 * @throws carvel.yaml-invalid
 */
export function parseYamlMapping(text: string, where: string): YamlMapping {
  if (Buffer.byteLength(text) > YAML_LIMIT) throw invalid(where, `it has more than ${YAML_LIMIT} bytes`);
  if (isNestedTooDeeply(text)) throw invalid(where, 'it is nested too deeply');
  let value: YamlValue;
  try {
    value = firstDocument(text);
  } catch (error) {
    throw invalid(where, causes(error).join(': '), error);
  }
  if (!isYamlMapping(value)) throw invalid(where, 'expected a mapping');
  return value;
}

function firstDocument(text: string): YamlValue {
  // A lone carriage return is a line break (YAML 1.2.2, section 5.4), which the parser does not support.
  const tokens = new Parser().parse(text.replace(/\r\n?/g, '\n'));
  for (const document of new Composer(DECODABLE).compose(tokens)) {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return decodeYaml(document);
  }
  return null;
}

export function isYamlMapping(value: YamlValue | undefined): value is YamlMapping {
  return value instanceof Map;
}

/**
 * The known fields of a mapping, matched case-insensitively like in Go.
 * @throws carvel.yaml-invalid for an unknown field
 */
export function fieldsOf<Name extends string>(
  mapping: YamlMapping,
  known: readonly Name[],
  where: string,
): Partial<Record<Name, YamlValue>> {
  const fields: Partial<Record<Name, YamlValue>> = {};
  // Of several spellings, Go uses the last in this order.
  for (const key of [...mapping.keys()].sort()) {
    const name = known.find((each) => each.toLowerCase() === key.toLowerCase());
    if (name === undefined) throw invalid(where, `unknown field "${key}"`);
    fields[name] = mapping.get(key) ?? null;
  }
  return fields;
}

/**
 * A scalar as a text; empty if it is null.
 * @throws carvel.yaml-invalid for a list or a mapping
 */
export function textOf(value: YamlValue | undefined, where: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') throw invalid(where, 'expected a string');
  return formatScalar(value);
}

/** Checks apiVersion and kind with imgpkg's error texts. */
export function checkKind(
  { apiVersion, kind }: { readonly apiVersion?: YamlValue; readonly kind?: YamlValue },
  expected: string,
  where: string,
): void {
  if (apiVersion !== IMGPKG_API_VERSION) {
    throw invalid(where, `Validating apiVersion: Unknown version (known: ${IMGPKG_API_VERSION})`);
  }
  if (kind !== expected) throw invalid(where, `Validating kind: Unknown kind (known: ${expected})`);
}

export function invalid(where: string, reason: string, cause?: unknown): Error {
  return carvelError('yaml-invalid', { where, reason }, cause);
}
