import { isMap, LineCounter } from 'yaml';

import { PACKAGE_API_VERSION, PACKAGE_KIND } from '../api-groups.ts';
import { defined } from '../../base/json.ts';
import { DocumentView } from '../documents/document-view.ts';
import type { TextPlace } from '../documents/document-view.ts';
import { namedContext } from '../documents/find-documents.ts';
import { parseYamlDocuments } from '../yaml-text.ts';

/** A Package in a YAML text. */
export interface FoundPackage {
  /** From its first key to the end of its document. */
  readonly place: TextPlace;
  readonly context?: string;
  readonly namespace?: string;
  readonly refName: string;
  readonly version: string;
}

/** Finds every Package with refName and version in a text of one or more YAML documents. Never throws. */
export function findPackages(source: string): FoundPackage[] {
  const lines = new LineCounter();
  const documents = parseYamlDocuments(source, lines);
  return documents.flatMap((document, index) => {
    const view = new DocumentView(document, source, lines);
    const [refName, version] = [view.text('spec', 'refName')?.value, view.text('spec', 'version')?.value];
    const isPackage =
      view.text('kind')?.value === PACKAGE_KIND && view.text('apiVersion')?.value === PACKAGE_API_VERSION;
    if (!isMap(document.contents) || !isPackage || !refName || !version) return [];
    const place = view.place(document.contents.range[0], document.range[1]);
    const context = namedContext(source, document, documents[index - 1]);
    return [{ place, refName, version, ...defined({ context, namespace: view.text('metadata', 'namespace')?.value }) }];
  });
}
