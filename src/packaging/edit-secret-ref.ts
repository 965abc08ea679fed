import { LineCounter, isMap, isScalar } from 'yaml';
import type { FoundRepository } from './documents/find-documents.ts';
import { parseYamlDocuments } from './yaml-text.ts';

/** Replaces the text between two offsets (UTF-16 code units from the start). */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const BUNDLE = ['spec', 'fetch', 'imgpkgBundle'];

/**
 * Sets the pull secret of a PackageRepository and leaves the rest of the text unchanged. Undefined if there is no place
 * for it: an `image` within a block mapping is required.
 */
export function secretRefEdit(source: string, found: FoundRepository, name: string): TextEdit | undefined {
  const lines = new LineCounter();
  const document = parseYamlDocuments(source, lines).find(
    ({ range }) => range[0] <= found.place.start && found.place.start <= range[1],
  );
  const known: unknown = document?.getIn([...BUNDLE, 'secretRef', 'name'], true);
  if (isScalar(known) && known.range) return { start: known.range[0], end: known.range[1], text: name };
  const bundle: unknown = document?.getIn(BUNDLE, true);
  if (!isMap(bundle) || bundle.flow === true || bundle.has('secretRef') || found.image === undefined) return undefined;
  const [first] = bundle.items;
  if (!isScalar(first?.key) || !first.key.range) return undefined;
  const indent = ' '.repeat(lines.linePos(first.key.range[0]).col - 1);
  const newline = source.includes('\r\n') ? '\r\n' : '\n';
  const lineEnd = source.slice(found.image.end).search(/\r?\n|$/) + found.image.end;
  return { start: lineEnd, end: lineEnd, text: `${newline}${indent}secretRef:${newline}${indent}  name: ${name}` };
}
