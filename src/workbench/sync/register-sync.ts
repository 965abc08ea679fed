import { basename } from 'node:path';

import * as vscode from 'vscode';

import { SyncCommand, syncScheme } from '../../contract/sync.ts';
import type { FileTarget } from '../../contract/relocations.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { RegistryTree } from '../registries/registry-tree.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import type { DocumentHost } from '../view/hosts.ts';
import { ReadOnlyDocuments } from '../view/read-only-documents.ts';
import { chooseSyncFile } from './choose-sync-file.ts';
import { PruneLists } from './prune-lists.ts';
import type { PruneListsParts } from './prune-lists.ts';
import { SyncDiagnostics } from './sync-diagnostics.ts';
import { SyncDocuments } from './sync-documents.ts';
import { SyncHelp } from './sync-help.ts';
import { SyncLenses } from './sync-lenses.ts';
import { SyncOutcomes } from './sync-outcomes.ts';
import { SyncRuns } from './sync-runs.ts';
import type { SyncRunsParts } from './sync-runs.ts';
import { resultsText } from './sync-text.ts';

export interface SyncEditorParts
  extends Omit<SyncRunsParts, 'outcomes' | 'show'>, Omit<PruneListsParts, 'pages' | 'setting' | 'changed'> {
  readonly commands: CommandRegistry;
  readonly host: DocumentHost;
  readonly extensionUri: vscode.Uri;
  readonly setting: RegistriesSetting;
  readonly tree: RegistryTree;
  readonly log: vscode.LogOutputChannel;
}

/** Registers what the editor does with files of kind Sync. */
export function registerSync(parts: SyncEditorParts): vscode.Disposable {
  const { commands, host, extensionUri, setting, tree, log, hide } = parts;
  const documents = new SyncDocuments();
  const outcomes = new SyncOutcomes();
  const pages = new ReadOnlyDocuments(host, syncScheme);
  const show = async (path: string): Promise<void> => {
    const outcome = outcomes.get(path);
    if (outcome === undefined) return;
    // Not the language of the file: what is shown is no YAML.
    const name = basename(path).replace(/\.ya?ml$/, '');
    const title = outcome.kind === 'plan' ? vscode.l10n.t('Plan of {0}', name) : vscode.l10n.t('Sync of {0}', name);
    const isDone = outcome.results.every(({ state }) => state === 'current' || state === 'synced');
    const command = { command: SyncCommand.sync, title: vscode.l10n.t('Sync…'), arguments: [fileOf(path)] };
    const text = hide(resultsText(vscode.workspace.asRelativePath(path), outcome));
    await pages.show(title, { text, actions: isDone ? [] : [{ line: 0, command }] });
  };
  const runs = new SyncRuns({ ...parts, outcomes, show });
  const onFile = (
    id: typeof SyncCommand.sync | typeof SyncCommand.plan | typeof SyncCommand.listPrunable,
    title: string,
    run: (path: string) => Promise<void>,
    sentence = (message: string) => vscode.l10n.t('The sync failed: {0}', message),
  ): void =>
    commands.register(
      id,
      async (file?: FileTarget) => {
        const path = await chooseSyncFile(title, file);
        if (path !== undefined) await run(path);
      },
      sentence,
    );
  onFile(SyncCommand.sync, vscode.l10n.t('Sync'), (path) => runs.sync(path));
  onFile(SyncCommand.plan, vscode.l10n.t('Plan Sync'), (path) => runs.plan(path));
  commands.register(SyncCommand.pause, (file) => {
    const all = file?.fsPath === undefined ? outcomes.allRunning : [outcomes.running(file.fsPath)];
    for (const running of all) running?.pause();
  });
  const lists = new PruneLists({ ...parts, pages, changed: (registry, path) => tree.changedAt(registry, path) });
  const pruning = (message: string): string => vscode.l10n.t('Pruning failed: {0}', message);
  onFile(SyncCommand.listPrunable, vscode.l10n.t('List What Can Be Pruned'), (path) => lists.show(path), pruning);
  commands.register(SyncCommand.deletePruned, (list) => lists.delete(list), pruning);
  commands.register(SyncCommand.showResult, (file) => show(file.fsPath));
  const help = new SyncHelp(tree, setting);
  const yaml = { language: 'yaml' };
  return vscode.Disposable.from(
    outcomes,
    pages,
    new SyncLenses(documents, outcomes),
    new SyncDiagnostics(documents, vscode.Uri.joinPath(extensionUri, 'docs', 'sync.md'), log),
    vscode.languages.registerHoverProvider(yaml, help),
    vscode.languages.registerCompletionItemProvider(yaml, help, ...SyncHelp.triggers),
  );
}

function fileOf(path: string): FileTarget {
  return { scheme: 'file', fsPath: path };
}
