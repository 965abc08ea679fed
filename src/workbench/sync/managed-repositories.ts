import { readFile, stat } from 'node:fs/promises';

import * as vscode from 'vscode';

import { Coalescer } from '../../base/coalescer.ts';
import { printable } from '../../base/printable.ts';
import { lockPathOf } from '../../sync/claim.ts';
import { findSyncFiles, SYNC_FILES } from './choose-sync-file.ts';
import { isSync } from './sync-documents.ts';

/** Larger files are not written by hand and are ignored. */
const MAX_BYTES = 4 * 1024 * 1024;
const LOCKS = '**/{carvel-airgap,*.carvel-airgap}.lock.{yml,yaml}';

/** A file that keeps a repository current. */
export interface Manager {
  /** Relative to the workspace. */
  readonly file: string;
  /** The entries with this destination; none if only earlier syncs have copied something here. */
  readonly entries: readonly string[];
}

/** Who keeps a repository current, as a sentence. */
export function managerText({ file, entries }: Manager): string {
  const names = printable(entries.join(', '));
  return entries.length === 0
    ? vscode.l10n.t('Earlier syncs of {0} have copied to it.', file)
    : vscode.l10n.t('Kept current by {0}: {1}', file, names);
}

/** The repositories that files of kind Sync in the workspace keep current, according to the files and their locks. */
export class ManagedRepositories implements vscode.Disposable {
  readonly onDidChange: vscode.Event<void>;
  readonly #changes = new vscode.EventEmitter<void>();
  readonly #log: vscode.LogOutputChannel;
  readonly #again = new Coalescer<undefined>(() => this.#read());
  #managers: ReadonlyMap<string, readonly Manager[]> = new Map();
  #watch: vscode.Disposable | undefined;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
    this.onDidChange = this.#changes.event;
  }

  /** Without a request; the files are read when this is first called, and their changes are announced. */
  of(registry: string, path: string): readonly Manager[] {
    if (this.#watch === undefined) {
      this.#watch = this.#follow();
      this.#again.add(undefined);
    }
    return this.#managers.get(`${registry}/${path}`) ?? [];
  }

  dispose(): void {
    this.#watch?.dispose();
    this.#again.dispose();
    this.#changes.dispose();
  }

  #follow(): vscode.Disposable {
    const changed = (): void => this.#again.add(undefined);
    const watchers = [SYNC_FILES, LOCKS].map((pattern) => vscode.workspace.createFileSystemWatcher(pattern));
    return vscode.Disposable.from(
      ...watchers.flatMap((watcher) => [
        watcher,
        watcher.onDidCreate(changed),
        watcher.onDidChange(changed),
        watcher.onDidDelete(changed),
      ]),
      vscode.workspace.onDidChangeWorkspaceFolders(changed),
      // A file may have another name.
      vscode.workspace.onDidSaveTextDocument((document) => isSync(document) && changed()),
    );
  }

  #read(): void {
    this.#find().then(
      (managers) => {
        this.#managers = managers;
        this.#changes.fire();
      },
      (error: unknown) => this.#log.debug(`Managed repositories: ${String(error)}`),
    );
  }

  async #find(): Promise<ReadonlyMap<string, readonly Manager[]>> {
    const managers = new Map<string, Manager[]>();
    for (const path of await findSyncFiles()) {
      if (vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path)) === undefined) continue;
      const file = vscode.workspace.asRelativePath(path);
      for (const [repository, entries] of await repositoriesOf(path)) {
        managers.set(repository, [...(managers.get(repository) ?? []), { file, entries: [...entries] }]);
      }
    }
    return managers;
  }
}

/** The destinations of a file with its entries, and what its syncs have written to. A file that is not valid has fewer. */
async function repositoriesOf(path: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { checkSyncText } = await import('../../sync/sync-file.ts');
  const { EMPTY_LOCK, readSyncLock } = await import('../../sync/sync-lock.ts');
  const size = (await stat(path).catch(() => undefined))?.size ?? Number.POSITIVE_INFINITY;
  const text = size > MAX_BYTES ? '' : await readFile(path, 'utf8').catch(() => '');
  const repositories = new Map<string, Set<string>>();
  for (const { name, destinations } of checkSyncText(text, path).entries) {
    for (const each of destinations) repositories.set(each, (repositories.get(each) ?? new Set()).add(name));
  }
  const { brought } = await readSyncLock(lockPathOf(path)).catch(() => EMPTY_LOCK);
  for (const each of brought.keys()) repositories.set(each, repositories.get(each) ?? new Set());
  return repositories;
}
