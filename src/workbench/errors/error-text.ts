import * as vscode from 'vscode';

import { causes, isFilled, printableArguments } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { Sentence } from '../../packaging/describe-state.ts';
import { isAirgapError } from './airgap-errors.ts';

export interface ErrorText {
  /** What went wrong, and where. */
  readonly message: string;
  /** What the user can do next. */
  readonly remedy?: string;
}

/** An error in the user's language. The core's errors are translated by their English text. */
export function errorText(error: unknown): ErrorText {
  if (!isAirgapError(error)) return { message: causes(error).join(': ') || String(error) };
  const { text, remedy } = error.template;
  const message = vscode.l10n.t(text, printableArguments(text, error.args));
  // Nobody was asked for the password: that is what is to be mended.
  if (error.code === 'oci.credentials-missing' && isAirgapError(error.cause)) {
    const cause = errorText(error.cause);
    return { ...cause, message: `${message.replace(/(?<![.!?])$/, '.')} ${cause.message}` };
  }
  return {
    message,
    ...(remedy === undefined || !isFilled(remedy, error.args)
      ? {}
      : { remedy: vscode.l10n.t(remedy, printableArguments(remedy, error.args)) }),
  };
}

/** A sentence of the core in the user's language. */
export function translated({ text, args = {} }: Sentence): string {
  return vscode.l10n.t(text, printableArguments(text, args));
}

/** Message and remedy, one after the other. */
export function errorSentences(error: unknown): string {
  const { message, remedy } = errorText(error);
  return remedy === undefined ? message : `${message.replace(/(?<![.!?])$/, '.')} ${remedy}`;
}

/** Why alone, for where the text that is wrong stands above it. */
export function errorReason(error: unknown): string {
  const reason = isAirgapError(error) ? error.args['reason'] : undefined;
  return reason === undefined ? errorText(error).message : printable(String(reason));
}
