import * as vscode from 'vscode';

import type { RegistryTree } from '../registries/registry-tree.ts';
import type { RegistriesSetting } from '../settings/registries-setting.ts';
import { SyncDiagnostics } from './sync-diagnostics.ts';
import { SyncDocuments } from './sync-documents.ts';
import { SyncHelp } from './sync-help.ts';

export interface SyncEditorParts {
  readonly extensionUri: vscode.Uri;
  readonly setting: RegistriesSetting;
  readonly tree: RegistryTree;
  readonly log: vscode.LogOutputChannel;
}

/** Registers what the editor does with files of kind Sync. */
export function registerSync({ extensionUri, setting, tree, log }: SyncEditorParts): vscode.Disposable {
  const documents = new SyncDocuments();
  const help = new SyncHelp(tree, setting);
  const yaml = { language: 'yaml' };
  return vscode.Disposable.from(
    new SyncDiagnostics(documents, vscode.Uri.joinPath(extensionUri, 'docs', 'sync.md'), log),
    vscode.languages.registerHoverProvider(yaml, help),
    vscode.languages.registerCompletionItemProvider(yaml, help, ...SyncHelp.triggers),
  );
}
