import type * as vscode from 'vscode';

import { documentSchemes } from '../../contract/documents.ts';
import type { CheckedSyncText } from '../../sync/sync-file.ts';
import { isSyncName, mayContainSync } from '../editor/carvel-kinds.ts';

interface Checked {
  readonly version: number;
  readonly checked: Promise<CheckedSyncText | undefined>;
}

/** The text documents of kind Sync; each version of a document is parsed once. */
export class SyncDocuments {
  readonly #checked = new WeakMap<vscode.TextDocument, Checked>();

  /** Undefined for other documents. */
  check(document: vscode.TextDocument): Promise<CheckedSyncText | undefined> {
    const known = this.#checked.get(document);
    if (known?.version === document.version) return known.checked;
    const checked = isSync(document) ? check(document) : Promise.resolve(undefined);
    this.#checked.set(document, { version: document.version, checked });
    return checked;
  }
}

/** Documents that only show something, such as the sides of a diff, are not judged. */
export function isSync(document: vscode.TextDocument): boolean {
  const { languageId, uri, fileName } = document;
  if (languageId !== 'yaml' || documentSchemes.includes(uri.scheme) || uri.scheme === 'git') return false;
  return isSyncName(fileName) || mayContainSync(document.getText());
}

async function check(document: vscode.TextDocument): Promise<CheckedSyncText> {
  const { checkSyncText } = await import('../../sync/sync-file.ts');
  return checkSyncText(document.getText(), document.fileName);
}
