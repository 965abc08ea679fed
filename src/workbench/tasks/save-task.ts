import * as vscode from 'vscode';

import type { RelocationRequest } from '../../relocation/request.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import type { RelocationHistory } from '../relocations/relocation-history.ts';
import type { RelocationJob } from '../relocations/relocation-job.ts';
import { destinationText } from '../../relocation/request.ts';
import { taskOfRequest } from './task-request.ts';

/** Writes a relocation that was done into tasks.json, so that it can be done again. */
export class SaveTask {
  readonly #history: RelocationHistory;

  constructor(history: RelocationHistory) {
    this.#history = history;
  }

  /** @param number of a relocation of this window, as the history gives them; without it the user chooses one */
  async run(number?: number): Promise<void> {
    const job = number === undefined ? await this.#choose() : this.#history.get(number);
    if (job === undefined) return;
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    if (folder === undefined) throw workbenchError('no-folder');
    await write(folder, job);
    const file = vscode.Uri.joinPath(folder.uri, '.vscode', 'tasks.json');
    await vscode.window.showTextDocument(file);
  }

  async #choose(): Promise<RelocationJob | undefined> {
    const items = this.#history.all().map((job) => ({
      label: job.name,
      description: destinationText(job.request.destination),
      job,
    }));
    if (items.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('Nothing was relocated in this window yet: relocate something, then save it as a task.'),
      );
      return undefined;
    }
    const title = vscode.l10n.t('Save as Task');
    const placeHolder = vscode.l10n.t('Relocation to save');
    return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.job;
  }
}

async function write(folder: vscode.WorkspaceFolder, { name, request }: RelocationJob): Promise<void> {
  const tasks = vscode.workspace.getConfiguration('tasks', folder);
  const { workspaceFolderValue, workspaceValue } = tasks.inspect<unknown>('tasks') ?? {};
  const written = workspaceFolderValue ?? workspaceValue;
  const list: readonly unknown[] = Array.isArray(written) ? written : [];
  const task = { label: label(name, request), ...taskOfRequest(request, folder.uri.fsPath), problemMatcher: [] };
  const others = list.filter((each) => (each as { label?: unknown } | null)?.label !== task.label);
  const target = vscode.ConfigurationTarget.WorkspaceFolder;
  if (tasks.inspect('version')?.workspaceFolderValue === undefined) await tasks.update('version', '2.0.0', target);
  await tasks.update('tasks', [...others, task], target);
}

function label(name: string, { destination }: RelocationRequest): string {
  return vscode.l10n.t('Relocate {0} to {1}', name, destinationText(destination));
}
