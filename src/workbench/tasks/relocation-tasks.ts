import * as vscode from 'vscode';

import { taskType } from '../../contract/tasks.ts';
import type { TerminalOptions } from './relocation-terminal.ts';
import { RelocationTerminal } from './relocation-terminal.ts';
import { requestOfTask } from './task-request.ts';

/** Runs tasks of the type `carvel-airgap` that stand in tasks.json; it finds none by itself. */
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
    // The definition as VS Code gives it to the execution has its variables, such as ${workspaceFolder}, replaced.
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
