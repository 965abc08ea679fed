import * as vscode from 'vscode';

/** Well above the 250 ms that VS Code waits before it asks for lenses. */
const AGAIN_MILLISECONDS = 1000;

/**
 * Tells VS Code that lenses may have changed. VS Code does not ask for them if the editor loses the focus while it waits to
 * do so, after a change or after the editor was opened (1.106 to 1.139). It is therefore told a second time.
 */
export class LensChanges implements vscode.Disposable {
  readonly event: vscode.Event<void>;
  readonly #emitter = new vscode.EventEmitter<void>();
  readonly #opened: vscode.Disposable;
  #again: NodeJS.Timeout | undefined;

  constructor() {
    this.event = this.#emitter.event;
    this.#opened = vscode.window.onDidChangeVisibleTextEditors(() => this.#fireAgain());
  }

  fire(): void {
    this.#emitter.fire();
    this.#fireAgain();
  }

  dispose(): void {
    clearTimeout(this.#again);
    this.#opened.dispose();
    this.#emitter.dispose();
  }

  #fireAgain(): void {
    clearTimeout(this.#again);
    this.#again = setTimeout(() => this.#emitter.fire(), AGAIN_MILLISECONDS);
  }
}
