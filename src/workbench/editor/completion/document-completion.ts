import * as vscode from 'vscode';

import type { FoundDocument } from '../../../packaging/documents/find-documents.ts';
import type { CarvelDocuments } from '../carvel-documents.ts';

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

/** Completes values in PackageRepositories and locks through the first provider that applies. */
export class DocumentCompletion implements vscode.CompletionItemProvider {
  static readonly triggers = ['/', ':', ' ', '"'];
  readonly #documents: CarvelDocuments;
  readonly #all: readonly Completions[];

  constructor(documents: CarvelDocuments, all: readonly Completions[]) {
    this.#documents = documents;
    this.#all = all;
  }

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.CompletionList | undefined> {
    for (const each of this.#all) {
      const typed = each.typed(document, position);
      if (typed === undefined) continue;
      const at = document.offsetAt(position);
      const all = await this.#documents.find(document);
      const repository = all.find((found) => holds(found, at)) ?? (each.betweenDocuments && all[0]);
      if (repository === undefined || token.isCancellationRequested) return undefined;
      const range = new vscode.Range(position.translate(0, -typed.length), position);
      const items = await each.items(typed, repository);
      return new vscode.CompletionList(
        items.map((item) => Object.assign(item, { range, filterText: item.filterText ?? item.insertText })),
        each.changesWithText,
      );
    }
    return undefined;
  }
}

function holds({ place }: FoundDocument, offset: number): boolean {
  return place.start <= offset && offset <= place.end;
}
