import type * as vscode from 'vscode';

import type { FoundDocument } from '../../packaging/documents/find-documents.ts';
import { namesCarvelKind } from './carvel-kinds.ts';

/** A hand-written document is far smaller; one that is larger is some program's output. */
const LARGEST = 1_000_000;

interface Parsed {
  readonly version: number;
  readonly found: Promise<readonly FoundDocument[]>;
}

/** PackageRepositories and locks in text documents; each version of a document is parsed once. */
export class CarvelDocuments {
  readonly #parsed = new WeakMap<vscode.TextDocument, Parsed>();

  find(document: vscode.TextDocument): Promise<readonly FoundDocument[]> {
    const known = this.#parsed.get(document);
    if (known?.version === document.version) return known.found;
    const found = parse(document.getText());
    this.#parsed.set(document, { version: document.version, found });
    return found;
  }
}

async function parse(text: string): Promise<readonly FoundDocument[]> {
  if (text.length > LARGEST || !namesCarvelKind(text)) return [];
  const { findDocuments } = await import('../../packaging/documents/find-documents.ts');
  return findDocuments(text);
}
