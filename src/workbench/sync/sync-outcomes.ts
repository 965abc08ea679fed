import * as vscode from 'vscode';

import { ProcessLock } from '../../base/process-lock.ts';
import { claimPath, lockPathOf } from '../../sync/claim.ts';
import type { SyncLock } from '../../sync/sync-lock.ts';
import type { SyncOutcome } from './entry-state.ts';

/** What this window is doing with a file. */
export interface RunningSync {
  readonly kind: 'plan' | 'sync';
  /** Ends it after what is in transit has arrived. */
  readonly pause: () => void;
}

/** What is known about the files of kind Sync: the outcomes of this window, and the locks on disk. */
export class SyncOutcomes implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #outcomes = new Map<string, SyncOutcome>();
  readonly #running = new Map<string, RunningSync>();
  readonly #watchers = new Map<string, vscode.Disposable>();

  constructor() {
    this.onDidChange = this.#changes.event;
  }

  /** @param path of the file */
  get(path: string): SyncOutcome | undefined {
    return this.#outcomes.get(path);
  }

  set(path: string, outcome: SyncOutcome): void {
    this.#outcomes.set(path, outcome);
    this.#changes.fire();
  }

  running(path: string): RunningSync | undefined {
    return this.#running.get(path);
  }

  /** All that run in this window. */
  get allRunning(): readonly RunningSync[] {
    return [...this.#running.values()];
  }

  /** @returns to be called when it has ended */
  start(path: string, running: RunningSync): () => void {
    this.#running.set(path, running);
    this.#changes.fire();
    return () => {
      this.#running.delete(path);
      this.#changes.fire();
    };
  }

  /** Whether a process, such as the command line, syncs the file; true also for this one. */
  isClaimed(path: string): Promise<boolean> {
    return ProcessLock.isHeld(claimPath(path));
  }

  /**
   * The lock next to a file. From now on, its changes and those of the claim are announced.
   * @throws sync.lock-invalid, sync.file-unreadable
   */
  async lock(path: string): Promise<SyncLock> {
    this.#watch(path);
    const { readSyncLock } = await import('../../sync/sync-lock.ts');
    return readSyncLock(lockPathOf(path));
  }

  /** Ends the watch of a file that is no longer open. */
  forget(path: string): void {
    this.#watchers.get(path)?.dispose();
    this.#watchers.delete(path);
  }

  dispose(): void {
    for (const watcher of this.#watchers.values()) watcher.dispose();
    this.#changes.dispose();
  }

  #watch(path: string): void {
    if (this.#watchers.has(path)) return;
    const changed = (): void => this.#changes.fire();
    const watchers = [lockPathOf(path), claimPath(path)].map((file) => {
      const uri = vscode.Uri.file(file);
      const name = uri.path.slice(uri.path.lastIndexOf('/') + 1).replaceAll(/[*?[\]{}]/g, '?');
      const watcher = vscode.workspace.createFileSystemWatcher(
        new vscode.RelativePattern(vscode.Uri.joinPath(uri, '..'), name),
      );
      return vscode.Disposable.from(
        watcher,
        watcher.onDidChange(changed),
        watcher.onDidCreate(changed),
        watcher.onDidDelete(changed),
      );
    });
    this.#watchers.set(path, vscode.Disposable.from(...watchers));
  }
}
