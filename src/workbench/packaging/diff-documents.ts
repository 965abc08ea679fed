import * as vscode from 'vscode';

import { diffScheme } from '../../contract/packaging.ts';
import type { DocumentPlace } from '../../contract/targets.ts';
import type { DocumentHost } from '../view/hosts.ts';

export interface Difference {
  readonly title: string;
  /** YAML; empty if the object does not exist. */
  readonly before: string;
  readonly after: string;
  /** The document that Apply in the title bar of the diff applies. */
  readonly applies?: DocumentPlace;
}

/** Read-only documents and diff editors for comparing PackageRepositories. */
export class DiffDocuments implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #texts = new Map<string, string>();
  readonly #applied = new Map<string, DocumentPlace>();
  readonly #registration: vscode.Disposable;
  #count = 0;

  constructor(host: DocumentHost) {
    this.#registration = host.serve(diffScheme, this);
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  /** Opens a diff editor that stays open until the user closes it. */
  async open(difference: Difference): Promise<void> {
    const { left, right } = await this.#open(difference);
    const closing = vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
      if (!closed.some(({ input }) => isDiffOf(input, right))) return;
      closing.dispose();
      this.#forget(left, right);
    });
  }

  /** Opens a diff editor and returns a function that closes it. */
  async show(difference: Difference): Promise<() => Promise<void>> {
    const { left, right } = await this.#open(difference);
    return async () => {
      const tabs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
      await vscode.window.tabGroups.close(tabs.filter(({ input }) => isDiffOf(input, right)));
      this.#forget(left, right);
    };
  }

  /** Opens a read-only document and returns a function that closes it. */
  async showText(name: string, text: string): Promise<() => Promise<void>> {
    this.#count++;
    const uri = this.#add(`/${this.#count}/${name}`, text);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), { preview: true });
    return async () => {
      const tabs = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs);
      const showsDocument = ({ input }: vscode.Tab): boolean =>
        input instanceof vscode.TabInputText && input.uri.toString() === uri.toString();
      await vscode.window.tabGroups.close(tabs.filter(showsDocument));
      this.#forget(uri);
    };
  }

  dispose(): void {
    this.#registration.dispose();
  }

  /** The document whose application a diff shows. */
  placeOf(diff: unknown): DocumentPlace | undefined {
    return diff instanceof vscode.Uri ? this.#applied.get(diff.toString()) : undefined;
  }

  async #open({ title, before, after, applies }: Difference): Promise<{ left: vscode.Uri; right: vscode.Uri }> {
    this.#count++;
    const left = this.#add(`/${this.#count}/before.yml`, before);
    // The name is in the `when` clause of Apply.
    const right = this.#add(`/${this.#count}/${applies === undefined ? 'after' : 'after-apply'}.yml`, after);
    if (applies !== undefined) this.#applied.set(right.toString(), applies);
    await vscode.commands.executeCommand('vscode.diff', left, right, title, { preview: true });
    return { left, right };
  }

  #forget(...uris: readonly vscode.Uri[]): void {
    for (const uri of uris) {
      this.#texts.delete(uri.toString());
      this.#applied.delete(uri.toString());
    }
  }

  #add(path: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: diffScheme, path });
    this.#texts.set(uri.toString(), text);
    return uri;
  }
}

function isDiffOf(input: unknown, right: vscode.Uri): boolean {
  return input instanceof vscode.TabInputTextDiff && input.modified.toString() === right.toString();
}
