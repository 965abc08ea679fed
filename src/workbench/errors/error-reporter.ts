import * as vscode from 'vscode';

import { causes, isAbort } from '../../base/errors.ts';
import { withoutLinks } from '../text/plain.ts';
import { isAirgapError } from './airgap-errors.ts';
import { errorAction } from './error-action.ts';
import { errorSentences } from './error-text.ts';

export interface Failure {
  /** What was being done, in English, for the log. */
  readonly action: string;
  /** The same for the user, where the error alone does not say it: wraps what the error says. */
  readonly sentence?: (message: string) => string;
  /** The registries that were asked; without them, those that are listed. */
  readonly registries?: readonly string[];
  /** Does it again, after the user changed what was wrong. */
  readonly retry?: () => Promise<void>;
}

export interface ErrorReporterOptions {
  readonly log: vscode.LogOutputChannel;
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string;
  readonly listed: () => readonly string[];
  /** Shows what the documentation says of a code. */
  readonly explain: (code: string) => void;
}

/** The one place where an error becomes a notification. A cancellation is the user's wish: it is written to the log only. */
export class ErrorReporter {
  readonly #options: ErrorReporterOptions;

  constructor(options: ErrorReporterOptions) {
    this.#options = options;
  }

  report(failure: Failure, error: unknown): void {
    const { log, hide } = this.#options;
    const { action, sentence } = failure;
    if (isAbort(error)) {
      log.info(`${action}: cancelled`);
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
    { registries = this.#options.listed(), retry: again }: Failure,
    error: unknown,
  ): Promise<void> {
    const targets = registries.map((registry) => ({ registry }));
    const action = errorAction(error, targets);
    const [help, showLog] = [vscode.l10n.t('Help'), vscode.l10n.t('Show Log')];
    const buttons = [...(action === undefined ? [] : [action.title]), ...(isAirgapError(error) ? [help] : []), showLog];
    const answer = await vscode.window.showErrorMessage(message, ...buttons);
    if (answer === showLog) this.#options.log.show(true);
    if (answer === help && isAirgapError(error)) this.#options.explain(error.code);
    if (action === undefined || answer !== action.title) return;
    const args = (action.arguments ?? []) as unknown[];
    if ((await vscode.commands.executeCommand(action.command, ...args)) === true) await again?.();
  }
}
