import * as vscode from 'vscode';

import type { Verdict } from '../../trust/gate.ts';

/** What the policy said about images in this session, by reference and digest: a scope can be for one tag alone. */
export class Verdicts implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #verdicts = new Map<string, Verdict>();

  constructor() {
    this.onDidChange = this.#changes.event;
  }

  /** @param reference registry/path:tag or registry/path@digest */
  get(reference: string, digest: string): Verdict | undefined {
    return this.#verdicts.get(`${reference} ${digest}`);
  }

  put(reference: string, digest: string, verdict: Verdict): void {
    this.#verdicts.set(`${reference} ${digest}`, verdict);
    this.#changes.fire();
  }

  dispose(): void {
    this.#changes.dispose();
  }
}
