import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import { documentSchemes } from '../../contract/documents.ts';
import { explainFinding } from '../../packaging/documents/finding.ts';
import type { DocumentFinding } from '../../packaging/documents/finding.ts';
import { findingLines } from '../audit/report-text.ts';
import type { Audits } from '../audit/audits.ts';
import { errorText } from '../errors/error-text.ts';
import { Coalescer } from '../../base/coalescer.ts';
import type { CarvelDocuments } from './carvel-documents.ts';
import type { DocumentFindings } from './document-findings.ts';
import { rangeOf } from './carvel-documents.ts';

/** An audit can report thousands of problems for one reference. */
const MAX_AUDIT_FINDINGS = 20;

export interface DiagnosticsParts {
  readonly documents: CarvelDocuments;
  readonly findings: DocumentFindings;
  readonly audits: Audits;
  /** Events after which the diagnostics must be computed again. */
  readonly onDidChange: readonly vscode.Event<unknown>[];
  readonly log: vscode.LogOutputChannel;
}

/**
 * The diagnostics of YAML documents. Opening a document causes no requests; editing or saving it asks the listed registries.
 */
export class Diagnostics implements vscode.Disposable {
  readonly #parts: DiagnosticsParts;
  readonly #collection = vscode.languages.createDiagnosticCollection('carvelAirgap');
  readonly #disposables: vscode.Disposable[];

  constructor(parts: DiagnosticsParts) {
    this.#parts = parts;
    const look = new Coalescer<vscode.TextDocument>((documents) => this.#lookAt(documents));
    const ask = new Coalescer<vscode.TextDocument>((documents) => this.#askFor(documents), 1000);
    const all = (): void => vscode.workspace.textDocuments.forEach((document) => look.add(document));
    this.#disposables = [
      look,
      ask,
      this.#collection,
      vscode.workspace.onDidOpenTextDocument((document) => look.add(document)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        look.add(document);
        if (contentChanges.length > 0) ask.add(document);
      }),
      vscode.workspace.onDidSaveTextDocument((document) => ask.add(document)),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#collection.delete(uri)),
      ...[parts.audits.onDidChange, ...parts.onDidChange].map((event) => event(all)),
    ];
    all();
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #lookAt(documents: readonly vscode.TextDocument[]): void {
    for (const document of documents.filter(isYaml)) this.#guard(this.#show(document));
  }

  #askFor(documents: readonly vscode.TextDocument[]): void {
    for (const document of documents.filter(isYaml)) this.#guard(this.#parts.findings.ask(document));
  }

  async #show(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    const findings = await this.#parts.findings.of(document);
    const holes = await this.#auditFindings(document);
    if (document.isClosed || document.version !== version) return;
    this.#collection.set(document.uri, [...findings.map((finding) => diagnosticOf(document, finding)), ...holes]);
  }

  /** The problems that the latest audits found for the images of a document. */
  async #auditFindings(document: vscode.TextDocument): Promise<vscode.Diagnostic[]> {
    const found = await this.#parts.documents.find(document);
    if (found.length === 0) return [];
    const { imagesOf } = await import('../../packaging/documents/find-documents.ts');
    return found.flatMap(imagesOf).flatMap((image) => {
      const report = this.#parts.audits.get(image.value);
      if (report === undefined) return [];
      const wrong = [...report.images.flatMap(({ finding }) => finding ?? []), ...report.problems];
      return wrong.slice(0, MAX_AUDIT_FINDINGS).map((finding) => {
        const text = findingLines(finding).join('\n');
        const diagnostic = new vscode.Diagnostic(rangeOf(document, image), vscode.l10n.t('Audit: {0}', text));
        diagnostic.source = SOURCE;
        diagnostic.code = `audit-${finding.code}`;
        return diagnostic;
      });
    });
  }

  #guard(work: Promise<void>): void {
    work.catch((error: unknown) => this.#parts.log.debug(`Diagnostics: ${String(error)}`));
  }
}

const SOURCE = 'Carvel Airgap';

function diagnosticOf(document: vscode.TextDocument, finding: DocumentFinding): vscode.Diagnostic {
  const severities = {
    error: vscode.DiagnosticSeverity.Error,
    warning: vscode.DiagnosticSeverity.Warning,
    hint: vscode.DiagnosticSeverity.Information,
  };
  const { message } = errorText(explainFinding(finding));
  const range = rangeOf(document, finding.place);
  const diagnostic = new vscode.Diagnostic(range, printable(message, 2000), severities[finding.severity]);
  diagnostic.source = SOURCE;
  diagnostic.code = finding.code;
  return diagnostic;
}

/** The documents of this extension that only show something, such as the sides of a diff, are not judged. */
function isYaml({ languageId, isClosed, uri }: vscode.TextDocument): boolean {
  return languageId === 'yaml' && !isClosed && !documentSchemes.includes(uri.scheme);
}
