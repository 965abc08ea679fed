import * as vscode from 'vscode';

import { HelpCommand } from '../../contract/help.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import type { CommandRegistry } from '../command-registry.ts';
import { withKeysOfSteps } from '../view/set-context.ts';
import type { RecentLines } from './recent-lines.ts';
import { reportIssue } from './report-issue.ts';

export interface HelpParts {
  readonly commands: CommandRegistry;
  readonly extension: vscode.Extension<unknown>;
  readonly log: vscode.LogOutputChannel;
  /** The last lines of the log. */
  readonly logTail: RecentLines;
}

export function registerHelp({ commands, extension, log, logTail }: HelpParts): void {
  const { id } = extension;
  const run = (command: string, ...args: readonly unknown[]) => vscode.commands.executeCommand(command, ...args);
  commands.register(HelpCommand.reportIssue, () => reportIssue(extension, logTail));
  commands.register(HelpCommand.openWalkthrough, () =>
    withKeysOfSteps(() => run('workbench.action.openWalkthrough', `${id}#relocate`, false)),
  );
  commands.register(HelpCommand.openSettings, () => run('workbench.action.openSettings', `@ext:${id}`));
  commands.register(RelocationCommand.showLog, () => log.show(true));
}
