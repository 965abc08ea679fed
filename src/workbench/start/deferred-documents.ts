import * as vscode from 'vscode';

import { documentSchemes } from '../../contract/documents.ts';
import type { DocumentHost } from '../view/hosts.ts';

/**
 * The read-only documents of this extension. The Markdown preview, for example, may request one before any other part is
 * loaded.
 */
export class DeferredDocuments implements vscode.TextDocumentContentProvider, DocumentHost, vscode.Disposable {
  readonly onDidChange: vscode.Event<vscode.Uri>;
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly #providers = new Map<string, vscode.TextDocumentContentProvider>();
  readonly #open: () => Promise<unknown>;
  readonly #registrations: readonly vscode.Disposable[];

  /** @param open loads the providers, which then register themselves */
  constructor(open: () => Promise<unknown>) {
    this.#open = open;
    this.onDidChange = this.#changes.event;
    this.#registrations = documentSchemes.map((scheme) =>
      vscode.workspace.registerTextDocumentContentProvider(scheme, this),
    );
  }

  serve(scheme: string, provider: vscode.TextDocumentContentProvider): vscode.Disposable {
    this.#providers.set(scheme, provider);
    const subscription = provider.onDidChange?.((uri) => this.#changes.fire(uri));
    return {
      dispose: () => {
        subscription?.dispose();
        this.#providers.delete(scheme);
      },
    };
  }

  async provideTextDocumentContent(uri: vscode.Uri, token: vscode.CancellationToken): Promise<string> {
    await this.#open();
    return (await this.#providers.get(uri.scheme)?.provideTextDocumentContent(uri, token)) ?? '';
  }

  dispose(): void {
    for (const registration of this.#registrations) registration.dispose();
    this.#changes.dispose();
  }
}
