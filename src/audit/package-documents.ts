import { isMap } from 'yaml';

import { parseYamlDocuments, yamlValue } from '../packaging/yaml-text.ts';
import type { YamlDocument } from '../packaging/yaml-text.ts';

/** A document of a file: its plain data, or why it has none. */
export type ReadDocument = { readonly value: unknown } | { readonly reason: string };

/**
 * The documents of a file of Packages. Nearly all of a Package is the schema of its values, which nobody here needs: without it
 * parsing takes a tenth of the time. Where that could change the meaning of the rest, the whole is parsed.
 */
export function readPackageDocuments(source: string): ReadDocument[] {
  const shorter = withoutValuesSchemas(source);
  if (shorter !== source) {
    const documents = parseYamlDocuments(shorter);
    const read = documents.map(readDocument);
    // An alias may need what was left out.
    if (documents.every(isBlock) && read.every((document) => 'value' in document)) return read;
  }
  return parseYamlDocuments(source).map(readDocument);
}

function readDocument(document: YamlDocument): ReadDocument {
  const [error] = document.errors;
  if (error !== undefined) return { reason: error.message };
  const value = yamlValue(document);
  return value === undefined ? { reason: 'its aliases cannot be resolved' } : { value };
}

/** A text under a key called `image`, which kbld rewrites even in an example or a default of a schema. */
const IMAGE_TEXT = /(?:^|[\s{,-])["']?image["']?\s*:\s*[^\s{#&|>]/;

/** Leaves out what is indented more deeply than a line with nothing but `valuesSchema:`. */
function withoutValuesSchemas(source: string): string {
  let indent: number | undefined;
  let namesImage = false;
  const kept = source.split('\n').filter((line) => {
    const text = line.trim();
    if (indent !== undefined && (text === '' || line.search(/\S/) > indent)) {
      namesImage ||= IMAGE_TEXT.test(line);
      return false;
    }
    indent = text === 'valuesSchema:' ? line.search(/\S/) : undefined;
    return true;
  });
  return namesImage ? source : kept.join('\n');
}

/** Within braces indentation means nothing. */
function isBlock({ contents }: YamlDocument): boolean {
  const spec: unknown = isMap(contents) ? contents.get('spec', true) : undefined;
  return (!isMap(contents) || contents.flow !== true) && (!isMap(spec) || spec.flow !== true);
}
