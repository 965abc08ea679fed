import type { Disposable } from 'vscode';

import type { TerminalOptions } from './relocation-terminal.ts';
import { RelocationTasks } from './relocation-tasks.ts';

export function registerTasks(terminal: Omit<TerminalOptions, 'request'>): Disposable {
  return new RelocationTasks(terminal).register();
}
