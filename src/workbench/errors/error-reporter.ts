import * as vscode from 'vscode';

import { causes, isAbort } from '../../base/errors.ts';
import { withoutLinks } from '../text/plain.ts';
import { errorSentences } from './error-text.ts';

export interface Failure {
  /** What was being done, in English, for the log. */
  readonly action: string;
  /** The same for the user, where the error alone does not say it: wraps what the error says. */
  readonly sentence?: (message: string) => string;
}

/** The one place where an error becomes a notification. A cancellation is the user's wish: it is written to the log only. */
export class ErrorReporter {
  readonly #log: vscode.LogOutputChannel;

  constructor(log: vscode.LogOutputChannel) {
    this.#log = log;
  }

  report({ action, sentence }: Failure, error: unknown): void {
    if (isAbort(error)) {
      this.#log.info(`${action}: cancelled`);
      return;
    }
    this.#log.error(`${action}: ${causes(error).join(': ')}`);
    if (error instanceof Error && error.stack !== undefined) this.#log.debug(error.stack);
    const text = errorSentences(error);
    void this.#notify(withoutLinks(sentence?.(text) ?? text));
  }

  async #notify(message: string): Promise<void> {
    const showLog = vscode.l10n.t('Show Log');
    if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) this.#log.show(true);
  }
}
