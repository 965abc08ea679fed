import { isMap, Lexer } from 'yaml';

import { parseYamlDocuments, yamlValue } from './yaml-text.ts';
import type { YamlDocument } from './yaml-text.ts';

/**
 * Whether kapp-controller renders a bundle's file: it does so for those below `packages/` (kapp-controller docs,
 * "Packaging").
 */
export function isPackageFile(path: string): boolean {
  return /^packages\/.*\.ya?ml$/.test(path);
}

/**
 * Whether a YAML text has ytt annotations: comments that start with `#@` (ytt docs, "Syntax"), outside block scalars.
 */
export function usesYtt(source: string): boolean {
  if (!source.includes('#@')) return false;
  for (const lexeme of new Lexer().lex(source)) if (lexeme.startsWith('#@')) return true;
  return false;
}

/** A document's plain data, or the reason why it has none. */
export type ReadDocument = { readonly value: unknown } | { readonly reason: string };

/**
 * Parses the documents of a Packages file. The values schema is most of a Package and is not needed here; parsing
 * without it takes a tenth of the time. If removing it could change the meaning of the rest, the complete text is
 * parsed.
 */
export function readPackageDocuments(source: string): ReadDocument[] {
  const shorter = withoutValuesSchemas(source);
  if (shorter !== source) {
    const documents = parseYamlDocuments(shorter);
    const read = documents.map(readDocument);
    // An alias may refer to the removed part.
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

/** A text under a key called `image`, which kbld rewrites even in a schema's example or default. */
const IMAGE_TEXT = /(?:^|[\s{,-])["']?image["']?\s*:\s*[^\s{#&|>]/;

/** Removes lines indented more deeply than a line with only `valuesSchema:`. */
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

/** Indentation is not significant in flow mappings. */
function isBlock({ contents }: YamlDocument): boolean {
  const spec: unknown = isMap(contents) ? contents.get('spec', true) : undefined;
  return (!isMap(contents) || contents.flow !== true) && (!isMap(spec) || spec.flow !== true);
}
