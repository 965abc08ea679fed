import * as vscode from 'vscode';

export interface Confirmation {
  readonly message: string;
  readonly detail: string;
  /** The label of the confirming button. */
  readonly button: string;
  readonly isWarning?: boolean;
  /** Whether an editor behind the dialog shows the change. */
  readonly hasEditor: boolean;
}

/** Asks for confirmation in a dialog. Users who look at the editor first confirm in a notification instead. */
export async function askOverEditor({ message, detail, button, isWarning, hasEditor }: Confirmation): Promise<boolean> {
  const review = vscode.l10n.t('Review First');
  const show = isWarning === true ? vscode.window.showWarningMessage : vscode.window.showInformationMessage;
  const buttons = hasEditor ? [button, review] : [button];
  const answer = await show(message, { modal: true, detail }, ...buttons);
  if (answer !== review) return answer === button;
  const cancel = vscode.l10n.t('Cancel');
  return (await show(message, button, cancel)) === button;
}
