import * as vscode from 'vscode';

import { auditScheme } from '../../contract/audit.ts';

/** Read-only documents, each for as long as it is open. */
export class AuditDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #disposables: vscode.Disposable[];
  #count = 0;

  constructor() {
    this.#disposables = [
      vscode.workspace.registerTextDocumentContentProvider(auditScheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#texts.delete(uri.toString())),
    ];
  }

  /** @param title what the tab says */
  async show(title: string, text: string): Promise<void> {
    const path = `/${title.replaceAll(/[/\\]/g, '-')}`;
    const uri = vscode.Uri.from({ scheme: auditScheme, path, query: String(++this.#count) });
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
