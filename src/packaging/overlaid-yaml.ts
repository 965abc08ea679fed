import { isRecord, record } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { readRepositoryDocument } from './read-document.ts';
import { repositoryYaml } from './repository-yaml.ts';
import { parseYamlValue } from './yaml-text.ts';

/**
 * Predicts the result of applying a document to a stored object, without asking the server: the document's fields are
 * merged over the object. (Server-side apply would also remove fields that were applied earlier and are no longer
 * named.)
 * @param stored the output of `repositoryYaml`; undefined if the object does not exist
 * @param namespace the namespace if the document names none
 * @throws packaging.document-… if the document cannot be applied
 */
export function overlaidYaml(stored: string | undefined, document: string, namespace: string): string {
  const { object } = readRepositoryDocument(document);
  const placed = { ...object, metadata: { namespace, ...record(object['metadata']) } };
  return repositoryYaml(stored === undefined ? placed : overlaid(record(parseYamlValue(stored)), placed));
}

function overlaid(below: JsonRecord, above: JsonRecord): JsonRecord {
  const both = Object.entries(above).map(([key, value]) => {
    const known = below[key];
    return [key, isRecord(known) && isRecord(value) ? overlaid(known, value) : value] as const;
  });
  return { ...below, ...Object.fromEntries(both) };
}
