import * as vscode from 'vscode';

import { DocumentActions } from './document-actions.ts';
import type { ActionText } from './document-actions.ts';
import type { DocumentHost } from './hosts.ts';

/** Read-only documents with their own scheme, each kept while it is open. */
export class ReadOnlyDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #scheme: string;
  readonly #texts = new Map<string, string>();
  readonly #actions: DocumentActions;
  readonly #disposables: vscode.Disposable[];
  #count = 0;

  constructor(host: DocumentHost, scheme: string) {
    this.#scheme = scheme;
    this.#actions = new DocumentActions(scheme);
    this.#disposables = [
      this.#actions,
      host.serve(scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#texts.delete(uri.toString());
        this.#actions.delete(uri);
      }),
    ];
  }

  /**
   * @param title the title of the tab
   * @param query of the URI; if absent, each document gets a new one
   */
  async show(title: string, content: string | ActionText, query = String(++this.#count)): Promise<void> {
    const { text, actions } = typeof content === 'string' ? { text: content, actions: [] } : content;
    const path = `/${title.replaceAll(/[/\\]/g, '-')}`;
    const uri = vscode.Uri.from({ scheme: this.#scheme, path, query });
    this.#texts.set(uri.toString(), text);
    this.#actions.set(uri, actions);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}
