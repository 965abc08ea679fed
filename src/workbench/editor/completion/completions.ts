import type * as vscode from 'vscode';

import type { FoundDocument } from '../../../packaging/documents/find-documents.ts';

/** One sort of value that is completed in our documents. */
export interface Completions {
  /** What was typed of it before the cursor; undefined where something else stands there. */
  typed(document: vscode.TextDocument, position: vscode.Position): string | undefined;
  items(typed: string, found: FoundDocument): Promise<readonly CompletionText[]>;
  /** The items depend on what was typed: they are asked for anew with each letter. */
  readonly changesWithText: boolean;
  /** Also between the documents of a file. */
  readonly betweenDocuments?: true;
}

export interface CompletionText extends vscode.CompletionItem {
  readonly insertText: string;
}

/** What stands before the cursor in its line. */
export function textBefore(document: vscode.TextDocument, position: vscode.Position): string {
  return document.lineAt(position).text.slice(0, position.character);
}
