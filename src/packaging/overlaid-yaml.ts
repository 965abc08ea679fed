import { isRecord, record } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { readRepositoryDocument } from './read-document.ts';
import { repositoryYaml } from './repository-yaml.ts';
import { parseYamlValue } from './yaml-text.ts';

/**
 * What a document would make of a stored object, as far as that can be said without asking the server: what the document names is
 * laid over what is there. (Server-side apply would also take away what was applied before and is no longer named.)
 *
 * @param stored as `repositoryYaml` wrote it; undefined where there is no object yet
 * @param namespace for a document that names none
 * @throws packaging.document-… where the document can not be applied
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
