import { parseDocument } from 'yaml';
import type { Document } from 'yaml';

import { causes } from '../base/errors.ts';
import { isNestedBeyondReason } from '../base/yaml-depth.ts';
import { isJsonObject } from '../oci/json.ts';
import type { JsonObject } from '../oci/json.ts';
import { carvelError } from './errors.ts';

/** The most a YAML file of ours may have, in bytes. */
export const YAML_LIMIT = 16 * 1024 * 1024;

export const IMGPKG_API_VERSION = 'imgpkg.carvel.dev/v1alpha1';

/**
 * A YAML mapping from a file that is not trusted: one document, no repeated keys, no custom tags, aliases bounded.
 * @param where names the file in errors
 * @throws carvel.yaml-invalid
 */
export function parseYamlObject(text: string, where: string): JsonObject {
  if (Buffer.byteLength(text) > YAML_LIMIT) throw invalid(where, `it has more than ${YAML_LIMIT} bytes`);
  if (isNestedBeyondReason(text)) throw invalid(where, 'it is nested beyond reason');
  let value: unknown;
  try {
    const document: Document = parseDocument(text, { schema: 'core', uniqueKeys: true, logLevel: 'error' });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid(where, causes(error).join(': '), error);
  }
  if (!isJsonObject(value)) throw invalid(where, 'expected a mapping');
  return value;
}

/** Checks apiVersion and kind, in imgpkg's words. */
export function checkKind(object: JsonObject, kind: string, where: string): void {
  if (object['apiVersion'] !== IMGPKG_API_VERSION) {
    throw invalid(where, `Validating apiVersion: Unknown version (known: ${IMGPKG_API_VERSION})`);
  }
  if (object['kind'] !== kind) throw invalid(where, `Validating kind: Unknown kind (known: ${kind})`);
}

export function refuseUnknownKeys(object: JsonObject, known: readonly string[], where: string): void {
  const unknown = Object.keys(object).find((key) => !known.includes(key));
  if (unknown !== undefined) throw invalid(where, `unknown field "${unknown}"`);
}

export function invalid(where: string, reason: string, cause?: unknown): Error {
  return carvelError('yaml-invalid', { where, reason }, cause);
}
