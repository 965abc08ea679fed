import * as vscode from 'vscode';

export interface Confirmation {
  readonly message: string;
  readonly detail: string;
  /** The button that says yes. */
  readonly button: string;
  readonly isWarning?: boolean;
  /** There is an editor behind the dialog, with what is asked about. */
  readonly hasEditor: boolean;
}

/**
 * Asks in a dialog; who wants to look at the editor behind it first answers in a notification afterwards. True for yes.
 */
export async function askOverEditor({ message, detail, button, isWarning, hasEditor }: Confirmation): Promise<boolean> {
  const review = vscode.l10n.t('Show Diff');
  const show = isWarning === true ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const buttons = hasEditor ? [button, review] : [button];
  const answer = await show(message, { modal: true, detail }, ...buttons);
  if (answer !== review) return answer === button;
  const cancel = vscode.l10n.t('Cancel');
  return (await show(message, button, cancel)) === button;
}
