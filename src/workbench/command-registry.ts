import * as vscode from 'vscode';

import type { CommandArguments, CommandId } from '../contract/commands.ts';
import type { ErrorReporter } from './errors/error-reporter.ts';

/** Registers commands under the ids and with the arguments of the contract; what one of them throws is told once. */
export class CommandRegistry implements vscode.Disposable {
  readonly #reporter: ErrorReporter;
  readonly #disposables: vscode.Disposable[] = [];

  constructor(reporter: ErrorReporter) {
    this.#reporter = reporter;
  }

  /**
   * @param run what it resolves with is what `runCommand` resolves with
   * @param sentence see Failure
   */
  register<Id extends CommandId>(
    id: Id,
    run: (...args: CommandArguments[Id]) => unknown,
    sentence?: (message: string) => string,
  ): void {
    const guarded = async (...args: CommandArguments[Id]): Promise<unknown> => {
      try {
        return await run(...args);
      } catch (error) {
        this.#reporter.report({ action: id, ...(sentence === undefined ? {} : { sentence }) }, error);
        return undefined;
      }
    };
    this.#disposables.push(vscode.commands.registerCommand(id, guarded));
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

export function runCommand<Id extends CommandId>(id: Id, ...args: CommandArguments[Id]): Thenable<unknown> {
  return vscode.commands.executeCommand(id, ...args);
}
