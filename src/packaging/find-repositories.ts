import { LineCounter, isMap, isScalar } from 'yaml';
import type { Document, ParsedNode } from 'yaml';
import { OLD_ALPHA_API_VERSION, PACKAGE_REPOSITORY_API_VERSION, PACKAGE_REPOSITORY_KIND } from './api-groups.ts';
import { defined } from '../base/json.ts';
import { namedContext } from './named-context.ts';
import { nodeAt, parseYamlDocuments } from './yaml-text.ts';

/** A position in a text: offsets in UTF-16 code units from the start, line and column from zero. */
export interface TextPlace {
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly column: number;
}

/** A value in its original spelling, with its position. */
export interface TextValue extends TextPlace {
  readonly value: string;
}

/** A PackageRepository in a YAML text; unreadable fields are absent. */
export interface FoundRepository {
  /** From its first key to the end of its document, where the lens goes; comments before the first key are excluded. */
  readonly place: TextPlace;
  /** The text of its document. */
  readonly text: string;
  readonly apiVersion: TextValue;
  /** Whether it uses the alpha API of 2021, which no release serves; a fix updates `apiVersion`. */
  readonly oldApiVersion: boolean;
  /** The context named in the document. */
  readonly context?: string;
  readonly name?: TextValue;
  readonly namespace?: TextValue;
  /** `spec.fetch.imgpkgBundle.image` */
  readonly image?: TextValue;
  /** `spec.fetch.imgpkgBundle.secretRef.name` */
  readonly secretName?: TextValue;
  /** Why the document cannot be applied: the YAML syntax error. */
  readonly error?: string;
}

/**
 * Finds every PackageRepository in a text of one or more YAML documents, even if other documents or parts of it are
 * broken. Never throws.
 */
export function findRepositories(source: string): FoundRepository[] {
  const lines = new LineCounter();
  const documents = parseYamlDocuments(source, lines);
  return documents.flatMap((document, index) => {
    const found = readRepository(document, source, lines);
    const context = namedContext(source, document, documents[index - 1]);
    return found === undefined ? [] : [{ ...found, ...defined({ context }) }];
  });
}

function readRepository(
  document: Document.Parsed<ParsedNode>,
  source: string,
  lines: LineCounter,
): FoundRepository | undefined {
  const { contents } = document;
  if (!isMap(contents)) return undefined;
  const place = (start: number, end: number): TextPlace => {
    const { line, col } = lines.linePos(start);
    return { start, end, line: line - 1, column: col - 1 };
  };
  const value = (path: readonly string[]): TextValue | undefined => {
    const node = nodeAt(document, path);
    if (!isScalar(node) || typeof node.value !== 'string' || !node.range) return undefined;
    return { value: node.value, ...place(node.range[0], node.range[1]) };
  };
  const apiVersion = value(['apiVersion']);
  if (apiVersion === undefined || value(['kind'])?.value !== PACKAGE_REPOSITORY_KIND) return undefined;
  const oldApiVersion = apiVersion.value === OLD_ALPHA_API_VERSION;
  if (!oldApiVersion && apiVersion.value !== PACKAGE_REPOSITORY_API_VERSION) return undefined;
  return {
    place: place(contents.range[0], document.range[1]),
    text: source.slice(document.range[0], document.range[1]),
    apiVersion,
    oldApiVersion,
    ...defined({
      name: value(['metadata', 'name']),
      namespace: value(['metadata', 'namespace']),
      image: value(['spec', 'fetch', 'imgpkgBundle', 'image']),
      secretName: value(['spec', 'fetch', 'imgpkgBundle', 'secretRef', 'name']),
      error: document.errors[0]?.message,
    }),
  };
}
