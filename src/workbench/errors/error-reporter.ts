import * as vscode from 'vscode';

import { causes, isAbort, isAirgapError } from '../../base/errors.ts';
import { withoutLinks } from '../text/formatting.ts';
import { errorAction } from './error-action.ts';
import { errorSentences } from './error-text.ts';

export interface Failure {
  /** The failed action in English, for the log. */
  readonly action: string;
  /** Wraps the error message in a sentence for the user, if the message alone is not clear. */
  readonly sentence?: (message: string) => string;
  /** The registries involved; if absent, all listed registries. */
  readonly registries?: readonly string[];
  /** Repeats the action after the user resolved the problem. */
  readonly retry?: () => Promise<void>;
  /** Called when the user has answered or closed the notification. */
  readonly closed?: () => void;
}

export interface ErrorReporterOptions {
  readonly log: vscode.LogOutputChannel;
  /** Removes secrets from a text. */
  readonly hide: (text: string) => string;
  readonly listed: () => readonly string[];
  /** Opens the documentation of an error code. */
  readonly explain: (code: string) => void;
}

/** Turns errors into notifications; no other code does. Cancellations are only logged. */
export class ErrorReporter {
  readonly #options: ErrorReporterOptions;

  constructor(options: ErrorReporterOptions) {
    this.#options = options;
  }

  report(failure: Failure, error: unknown): void {
    const { log, hide } = this.#options;
    const { action, sentence } = failure;
    if (isAbort(error)) {
      log.info(`${action}: canceled`);
      return;
    }
    const code = isAirgapError(error) ? ` (${error.code})` : '';
    log.error(`${action}: ${causes(error).join(': ')}${code}`);
    if (error instanceof Error && error.stack !== undefined) log.debug(error.stack);
    const text = errorSentences(error);
    void this.#notify(withoutLinks(hide(sentence?.(text) ?? text)), failure, error);
  }

  async #notify(
    message: string,
    { registries = this.#options.listed(), retry: again, closed }: Failure,
    error: unknown,
  ): Promise<void> {
    const targets = registries.map((registry) => ({ registry }));
    const action = errorAction(error, targets);
    const [help, showLog] = [vscode.l10n.t('Help'), vscode.l10n.t('Show Log')];
    const buttons = [...(action === undefined ? [] : [action.title]), ...(isAirgapError(error) ? [help] : []), showLog];
    const answer = await vscode.window.showErrorMessage(message, ...buttons);
    closed?.();
    if (answer === showLog) this.#options.log.show(true);
    if (answer === help && isAirgapError(error)) this.#options.explain(error.code);
    if (action === undefined || answer !== action.title) return;
    const args = (action.arguments ?? []) as unknown[];
    if ((await vscode.commands.executeCommand(action.command, ...args)) === true) await again?.();
  }
}
