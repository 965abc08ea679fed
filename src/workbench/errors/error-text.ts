import * as vscode from 'vscode';

import { causes, isFilled, printableArguments, isAirgapError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { Sentence } from '../../packaging/describe-state.ts';
import { editorTemplate } from './editor-texts.ts';

export interface ErrorText {
  /** What failed, and where. */
  readonly message: string;
  readonly remedy?: string;
}

/** An error in the user's language. Errors of the core are translated by their English text. */
export function errorText(error: unknown): ErrorText {
  if (!isAirgapError(error)) return { message: causes(error).join(': ') || String(error) };
  const { text, remedy } = editorTemplate(error.code, error.template);
  const message = vscode.l10n.t(text, printableArguments(text, error.args));
  // The missing password is the problem to resolve, not the rejected request.
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

/** Translates a text of the core. */
export function translated({ text, args = {} }: Sentence): string {
  return vscode.l10n.t(text, printableArguments(text, args));
}

/** The message followed by the remedy. */
export function errorSentences(error: unknown): string {
  const { message, remedy } = errorText(error);
  return remedy === undefined ? message : `${message.replace(/(?<![.!?])$/, '.')} ${remedy}`;
}

/** The reason only, for places that already show the invalid text. */
export function errorReason(error: unknown): string {
  const reason = isAirgapError(error) ? error.args['reason'] : undefined;
  return reason === undefined ? errorText(error).message : printable(String(reason));
}
