import * as vscode from 'vscode';

import { commandIds } from '../contract/commands.ts';
import type { CommandArguments, CommandId } from '../contract/commands.ts';
import type { ErrorReporter } from './errors/error-reporter.ts';

type Run = (...args: readonly unknown[]) => unknown;

/** What each command of the contract does, with the arguments of the contract; what one of them throws is told once. */
export class CommandRegistry {
  readonly #reporter: ErrorReporter;
  readonly #runs = new Map<CommandId, Run>();

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
    this.#runs.set(id, async (...args) => {
      try {
        // What comes from elsewhere may be anything: commands look at what they are given.
        return await run(...(args as CommandArguments[Id]));
      } catch (error) {
        this.#reporter.report({ action: id, ...(sentence === undefined ? {} : { sentence }) }, error);
        return undefined;
      }
    });
  }

  /** @throws where a command of the contract has nobody who does it */
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
