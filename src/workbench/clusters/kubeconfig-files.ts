import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';

/** Tells when one of a set of files changes; the set can change too. */
export class KubeconfigFiles implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  #files: readonly string[] = [];
  #watchers: readonly vscode.Disposable[] = [];

  constructor() {
    this.onDidChange = this.#changes.event;
  }

  watch(files: readonly string[]): void {
    if (files.length === this.#files.length && files.every((file, index) => file === this.#files[index])) return;
    this.#stop();
    this.#files = files;
    this.#watchers = files.flatMap((file) => {
      const pattern = new vscode.RelativePattern(vscode.Uri.file(dirname(file)), basename(file));
      const watcher = vscode.workspace.createFileSystemWatcher(pattern);
      const notify = () => this.#changes.fire();
      return [watcher, watcher.onDidChange(notify), watcher.onDidCreate(notify), watcher.onDidDelete(notify)];
    });
  }

  dispose(): void {
    this.#stop();
    this.#changes.dispose();
  }

  #stop(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = [];
    this.#files = [];
  }
}
