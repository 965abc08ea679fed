import * as vscode from 'vscode';

import { isAbort } from '../../base/errors.ts';
import { errorSentences } from '../errors/error-text.ts';
import { DocumentActions } from './document-actions.ts';
import type { ActionText } from './document-actions.ts';
import type { DocumentHost } from './hosts.ts';

interface Shown {
  readonly abort: AbortController;
  text: string;
}

/** What a kind of live document shows. A target is plain data, because it is part of the document's URI. */
export interface LiveContent<Target> {
  readonly scheme: string;
  /** The title of the tab. */
  readonly title: (target: Target) => string;
  /** Calls `show` with each new text until the signal aborts. */
  readonly watch: (target: Target, show: (text: ActionText) => void, signal: AbortSignal) => Promise<void>;
}

/** Read-only documents that are updated while they are open. */
export class LiveDocuments<Target> implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly onDidChange: vscode.Event<vscode.Uri>;
  readonly #changes = new vscode.EventEmitter<vscode.Uri>();
  readonly #content: LiveContent<Target>;
  readonly #actions: DocumentActions;
  readonly #shown = new Map<string, Shown>();
  readonly #disposables: vscode.Disposable[];

  constructor(host: DocumentHost, content: LiveContent<Target>) {
    this.#content = content;
    this.#actions = new DocumentActions(content.scheme);
    this.onDidChange = this.#changes.event;
    this.#disposables = [
      this.#changes,
      this.#actions,
      host.serve(content.scheme, this),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#close(uri)),
    ];
  }

  /** @returns the editor that shows it */
  async open(target: Target): Promise<vscode.TextEditor> {
    const { scheme, title } = this.#content;
    const path = `/${title(target).replaceAll(/[/\\]/g, '-')}`;
    const uri = vscode.Uri.from({ scheme, path, query: JSON.stringify(target) });
    const document = await vscode.workspace.openTextDocument(uri);
    return vscode.window.showTextDocument(document, { preview: true });
  }

  provideTextDocumentContent(uri: vscode.Uri): Promise<string> | string {
    const known = this.#shown.get(uri.toString());
    return known === undefined ? this.#follow(uri, JSON.parse(uri.query) as Target) : known.text;
  }

  dispose(): void {
    for (const { abort } of this.#shown.values()) abort.abort();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Resolves with the first text; later texts are announced as changes. */
  #follow(uri: vscode.Uri, target: Target): Promise<string> {
    const shown: Shown = { abort: new AbortController(), text: '' };
    const { signal } = shown.abort;
    this.#shown.set(uri.toString(), shown);
    return new Promise((resolve) => {
      const show = ({ text, actions }: ActionText): void => {
        if (signal.aborted) return;
        this.#actions.set(uri, actions);
        if (text === shown.text) return;
        shown.text = text;
        resolve(text);
        this.#changes.fire(uri);
      };
      this.#content.watch(target, show, signal).catch((error: unknown) => {
        if (!isAbort(error)) show({ text: errorSentences(error), actions: [] });
      });
    });
  }

  #close(uri: vscode.Uri): void {
    this.#actions.delete(uri);
    this.#shown.get(uri.toString())?.abort.abort();
    this.#shown.delete(uri.toString());
  }
}
