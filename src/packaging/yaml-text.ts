import { parseAllDocuments, parseDocument } from 'yaml';
import type { Document, LineCounter, ParsedNode } from 'yaml';

import { isNestedBeyondReason } from '../base/yaml-depth.ts';

/** More than any file of ours needs, and far from the alias bombs. */
const MOST_ALIASES = 50;

export type YamlDocument = Document.Parsed<ParsedNode>;

/** The documents of a text with their positions, also broken ones (with `errors`); none of a text nested beyond reason. */
export function parseYamlDocuments(source: string, lineCounter?: LineCounter): YamlDocument[] {
  if (isNestedBeyondReason(source)) return [];
  try {
    const documents = parseAllDocuments(source, {
      logLevel: 'silent',
      prettyErrors: false,
      ...(lineCounter && { lineCounter }),
    });
    return Array.isArray(documents) ? documents : [];
  } catch {
    return [];
  }
}

/** Plain data of a document; undefined where it uses more aliases than is sane. */
export function yamlValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES }) as unknown;
  } catch {
    return undefined;
  }
}

/** Plain data of a text with one YAML document; undefined where it is broken. */
export function parseYamlValue(source: string): unknown {
  if (isNestedBeyondReason(source)) return undefined;
  try {
    const document = parseDocument(source, { logLevel: 'silent' });
    return document.errors.length === 0 ? yamlValue(document) : undefined;
  } catch {
    return undefined;
  }
}
