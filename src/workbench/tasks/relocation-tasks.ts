import * as vscode from 'vscode';

import { taskType } from '../../contract/tasks.ts';
import type { TerminalOptions } from './relocation-terminal.ts';
import { RelocationTerminal } from './relocation-terminal.ts';
import { requestOfTask } from './task-request.ts';

/** Runs the tasks of type `carvel-airgap` in tasks.json; it does not detect tasks. */
export class RelocationTasks implements vscode.TaskProvider {
  readonly #options: Omit<TerminalOptions, 'request'>;

  constructor(options: Omit<TerminalOptions, 'request'>) {
    this.#options = options;
  }

  provideTasks(): vscode.Task[] {
    return [];
  }

  resolveTask(task: vscode.Task): vscode.Task {
    const folder = folderOf(task);
    // VS Code passes the definition with variables such as ${workspaceFolder} already resolved.
    const execution = new vscode.CustomExecution((definition) =>
      Promise.resolve(
        new RelocationTerminal({ ...this.#options, request: () => requestOfTask({ ...definition }, folder) }),
      ),
    );
    const scope = task.scope ?? vscode.TaskScope.Workspace;
    return new vscode.Task(task.definition, scope, task.name, taskType, execution, []);
  }
}

function folderOf({ scope }: vscode.Task): string {
  const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
  return folder?.uri.fsPath ?? '';
}
