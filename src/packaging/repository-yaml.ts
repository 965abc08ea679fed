import { stringify } from 'yaml';

import { record, isRecord } from '../base/json.ts';
import { writableMetadata, readRepositoryDocument } from './read-document.ts';
import type { JsonRecord } from '../base/json.ts';
import { parseYamlValue } from './yaml-text.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * YAML of a stored object for display and comparison: without status and fields managed by the server or the
 * controller, with keys in a fixed order, so that every difference is one of content.
 */
export function repositoryYaml(value: unknown): string {
  const { apiVersion, kind, metadata, spec } = record(value);
  const { finalizers: _, ownerReferences: __, annotations, ...kept } = writableMetadata(metadata);
  const { [LAST_APPLIED]: ___, ...shownAnnotations } = record(annotations);
  return stringify(
    {
      apiVersion,
      kind,
      metadata: { ...kept, ...(Object.keys(shownAnnotations).length > 0 && { annotations: shownAnnotations }) },
      spec,
    },
    { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' },
  );
}

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
