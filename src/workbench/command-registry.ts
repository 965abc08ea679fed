import * as vscode from 'vscode';

import { commandIds } from '../contract/commands.ts';
import type { CommandArguments, CommandId } from '../contract/commands.ts';
import type { ErrorReporter } from './errors/error-reporter.ts';

type Run = (...args: readonly unknown[]) => unknown;

/** The handlers of all commands in the contract. An error in a handler is reported once. */
export class CommandRegistry {
  readonly #reporter: ErrorReporter;
  readonly #runs = new Map<CommandId, Run>();

  constructor(reporter: ErrorReporter) {
    this.#reporter = reporter;
  }

  /**
   * @param run its result is the result of `runCommand`
   * @param sentence see Failure
   */
  register<Id extends CommandId>(
    id: Id,
    run: (...args: CommandArguments[Id]) => unknown,
    sentence?: (message: string) => string,
  ): void {
    this.#runs.set(id, async (...args) => {
      try {
        // Other extensions and keybindings can pass anything, so each command validates its arguments.
        return await run(...(args as CommandArguments[Id]));
      } catch (error) {
        const retry = async (): Promise<void> => void (await this.run(id, args));
        this.#reporter.report({ action: id, retry, ...(sentence === undefined ? {} : { sentence }) }, error);
        return undefined;
      }
    });
  }

  /** @throws if a command of the contract has no handler */
  complete(): void {
    const missing = commandIds.filter((id) => !this.#runs.has(id));
    if (missing.length > 0) throw new Error(`Nobody registered ${missing.join(', ')}`);
  }

  async run(id: CommandId, args: readonly unknown[]): Promise<unknown> {
    return this.#runs.get(id)?.(...args);
  }
}

export function runCommand<Id extends CommandId>(id: Id, ...args: CommandArguments[Id]): Thenable<unknown> {
  return vscode.commands.executeCommand(id, ...args);
}
