import type * as vscode from 'vscode';

import type { FoundDocument } from '../../../packaging/documents/find-documents.ts';

/** Provides completions for one kind of value. */
export interface Completions {
  /** Returns the text already typed, or undefined if the cursor is not at such a value. */
  typed(document: vscode.TextDocument, position: vscode.Position): string | undefined;
  items(typed: string, found: FoundDocument): Promise<readonly CompletionText[]>;
  /** Whether the items depend on the typed text and must be requested again after each character. */
  readonly changesWithText: boolean;
  /** Also applies outside of a recognized document, between the documents of a file. */
  readonly betweenDocuments?: true;
}

export interface CompletionText extends vscode.CompletionItem {
  readonly insertText: string;
}

export function textBefore(document: vscode.TextDocument, position: vscode.Position): string {
  return document.lineAt(position).text.slice(0, position.character);
}
