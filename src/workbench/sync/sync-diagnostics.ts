import * as vscode from 'vscode';

import { Coalescer } from '../../base/coalescer.ts';
import { printable } from '../../base/printable.ts';
import type { YamlProblem } from '../../sync/strict-yaml.ts';
import type { SyncDocuments } from './sync-documents.ts';

/** The diagnostics of files of kind Sync: what the command line would refuse, at the value that is wrong. */
export class SyncDiagnostics implements vscode.Disposable {
  readonly #documents: SyncDocuments;
  readonly #help: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;
  readonly #collection = vscode.languages.createDiagnosticCollection('carvelAirgapSync');
  readonly #disposables: vscode.Disposable[];

  /** @param help describes the format */
  constructor(documents: SyncDocuments, help: vscode.Uri, log: vscode.LogOutputChannel) {
    this.#documents = documents;
    this.#help = help;
    this.#log = log;
    const look = new Coalescer<vscode.TextDocument>((changed) => changed.forEach((each) => this.#lookAt(each)));
    this.#disposables = [
      look,
      this.#collection,
      vscode.workspace.onDidOpenTextDocument((document) => look.add(document)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => look.add(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#collection.delete(uri)),
    ];
    for (const document of vscode.workspace.textDocuments) look.add(document);
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #lookAt(document: vscode.TextDocument): void {
    this.#show(document).catch((error: unknown) => this.#log.debug(`Diagnostics: ${String(error)}`));
  }

  async #show(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const checked = await this.#documents.check(document);
    if (document.isClosed || document.version !== version) return;
    this.#collection.set(
      document.uri,
      checked?.problems.map((problem) => this.#diagnostic(document, problem)),
    );
  }

  #diagnostic(document: vscode.TextDocument, problem: YamlProblem): vscode.Diagnostic {
    const diagnostic = new vscode.Diagnostic(rangeOf(document, problem), printable(problem.reason, 2000));
    diagnostic.source = 'Carvel Airgap';
    diagnostic.code = { value: 'sync.file-invalid', target: this.#help };
    return diagnostic;
  }
}

/** A mapping or a list can be long, and only its first line is marked; what is empty, up to the end of its line. */
function rangeOf(document: vscode.TextDocument, problem: YamlProblem): vscode.Range {
  const start = document.validatePosition(new vscode.Position(problem.line - 1, problem.column - 1));
  const end = document.validatePosition(new vscode.Position(problem.endLine - 1, problem.endColumn - 1));
  const lineEnd = document.lineAt(start.line).range.end;
  return new vscode.Range(start, end.isAfter(start) && end.isBefore(lineEnd) ? end : lineEnd);
}
