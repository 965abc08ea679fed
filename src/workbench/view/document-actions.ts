import * as vscode from 'vscode';

import { LensChanges } from './lens-changes.ts';

/** A command that a read-only document offers above one of its lines, counted from zero. */
export interface DocumentAction {
  readonly line: number;
  readonly command: vscode.Command;
}

/** A text with what can be done about it. */
export interface ActionText {
  readonly text: string;
  readonly actions: readonly DocumentAction[];
}

/** Shows the actions of read-only documents as lenses. */
export class DocumentActions implements vscode.CodeLensProvider, vscode.Disposable {
  readonly onDidChangeCodeLenses: vscode.Event<void>;
  readonly #changes = new LensChanges();
  readonly #actions = new Map<string, readonly DocumentAction[]>();
  readonly #registration: vscode.Disposable;

  constructor(scheme: string) {
    this.onDidChangeCodeLenses = this.#changes.event;
    this.#registration = vscode.languages.registerCodeLensProvider({ scheme }, this);
  }

  set(uri: vscode.Uri, actions: readonly DocumentAction[]): void {
    this.#actions.set(uri.toString(), actions);
    this.#changes.fire();
  }

  delete(uri: vscode.Uri): void {
    this.#actions.delete(uri.toString());
  }

  provideCodeLenses({ uri }: vscode.TextDocument): vscode.CodeLens[] {
    const actions = this.#actions.get(uri.toString()) ?? [];
    return actions.map(({ line, command }) => new vscode.CodeLens(new vscode.Range(line, 0, line, 0), command));
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changes.dispose();
  }
}
