import * as vscode from 'vscode';

import type { AuditReport } from '../../audit/report.ts';

const MOST = 100;

/** The audits of this session: the last one of each reference. */
export class Audits implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #reports = new Map<string, AuditReport>();

  constructor() {
    this.onDidChange = this.#changes.event;
  }

  /** @param reference as it stands in the document */
  get(reference: string): AuditReport | undefined {
    return this.#reports.get(reference);
  }

  put(reference: string, report: AuditReport): void {
    this.#reports.delete(reference);
    this.#reports.set(reference, report);
    const [oldest] = this.#reports.keys();
    if (this.#reports.size > MOST && oldest !== undefined) this.#reports.delete(oldest);
    this.#changes.fire();
  }

  dispose(): void {
    this.#changes.dispose();
  }
}
