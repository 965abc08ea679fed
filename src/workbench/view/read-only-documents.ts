import * as vscode from 'vscode';

import type { DocumentHost } from './hosts.ts';

/** Read-only documents with their own scheme, each kept while it is open. */
export class ReadOnlyDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #scheme: string;
  readonly #texts = new Map<string, string>();
  readonly #disposables: vscode.Disposable[];
  #count = 0;

  constructor(host: DocumentHost, scheme: string) {
    this.#scheme = scheme;
    this.#disposables = [
      host.serve(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
    ];
  }

  /**
   * @param title the title of the tab
   * @param query of the URI; if absent, each document gets a new one
   */
  async show(title: string, text: string, query = String(++this.#count)): Promise<void> {
    const path = `/${title.replaceAll(/[/\\]/g, '-')}`;
    const uri = vscode.Uri.from({ scheme: this.#scheme, path, query });
    this.#texts.set(uri.toString(), text);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
