import type { Disposable } from 'vscode';

import { RelocationCommand } from '../../contract/relocations.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { RelocationHistory } from '../relocations/relocation-history.ts';
import type { TerminalOptions } from './relocation-terminal.ts';
import { RelocationTasks } from './relocation-tasks.ts';
import { SaveTask } from './save-task.ts';

export interface TasksParts extends Omit<TerminalOptions, 'request'> {
  readonly commands: CommandRegistry;
  readonly history: RelocationHistory;
}

export function registerTasks({ commands, history, ...terminal }: TasksParts): Disposable {
  const saveTask = new SaveTask(history);
  commands.register(RelocationCommand.saveTask, (number) =>
    saveTask.run(typeof number === 'number' ? number : undefined),
  );
  return new RelocationTasks(terminal).register();
}
