import * as vscode from 'vscode';

import { commandIds } from '../contract/commands.ts';
import type { CommandArguments, CommandId } from '../contract/commands.ts';
import type { ErrorReporter } from './errors/error-reporter.ts';

type Run = (...args: readonly unknown[]) => unknown;

/** The part of an extension's manifest that says where its commands are shown. */
export interface Manifest {
  readonly contributes: { readonly menus: Readonly<Record<string, readonly { readonly command?: string }[]>> };
}

/** The handlers of all commands in the contract. An error in a handler is reported once. */
export class CommandRegistry {
  readonly #reporter: ErrorReporter;
  readonly #ofRows: ReadonlySet<string | undefined>;
  readonly #runs = new Map<CommandId, Run>();

  constructor(reporter: ErrorReporter, { contributes: { menus } }: Manifest) {
    this.#reporter = reporter;
    const idsIn = (menu: string) => menus[menu]?.map(({ command }) => command) ?? [];
    // A view's title passes the focused row, if there is one, to commands that do not need it.
    const ofTitles = new Set(idsIn('view/title'));
    this.#ofRows = new Set(idsIn('view/item/context').filter((id) => !ofTitles.has(id)));
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

  /**
   * While VS Code reads the rows of a tree again, it passes undefined for the row whose button or menu was used. Without a
   * row, as from the palette, a command would act on something else: on the document at the cursor, for example.
   */
  async run(id: CommandId, args: readonly unknown[]): Promise<unknown> {
    if (this.#ofRows.has(id) && args.length > 0 && (args[0] ?? undefined) === undefined) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('The row was just being updated, and nothing was done. Try again.'),
      );
      return undefined;
    }
    return this.#runs.get(id)?.(...args);
  }
}

export function runCommand<Id extends CommandId>(id: Id, ...args: CommandArguments[Id]): Thenable<unknown> {
  return vscode.commands.executeCommand(id, ...args);
}
