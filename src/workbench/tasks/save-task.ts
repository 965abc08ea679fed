import * as vscode from 'vscode';

import { destinationText } from '../../relocation/request/request.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import type { RelocationJob } from '../relocations/relocation-job.ts';
import { taskOfRequest } from './task-request.ts';

/** Adds a relocation to tasks.json for repeated use and opens the file there. */
export async function saveTask(job: RelocationJob): Promise<void> {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw workbenchError('no-folder');
  await write(folder, job);
  const file = vscode.Uri.joinPath(folder.uri, '.vscode', 'tasks.json');
  await vscode.window.showTextDocument(file);
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
