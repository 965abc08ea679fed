import * as vscode from 'vscode';

import { back, showPlace } from './pick.ts';
import type { StepPlace } from './pick.ts';

export interface TextQuestion {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  /** Masks the input. */
  readonly secret?: boolean;
  readonly place?: StepPlace;
  /**
   * Returns why the text is invalid, or undefined. It is called while the user types; an empty text is checked only on
   * Enter.
   */
  readonly problem?: (text: string) => string | undefined;
}

export interface TextQuestionWithMore extends TextQuestion {
  /** Receives the text typed so far when the user leaves the question, to show it again later. */
  readonly leave: (text: string) => void;
}

/** Returned when the user presses the title button for more options. */
export const moreOptions = Symbol('more options');

/** Asks for a text in one step. Returns undefined if the user cancels. */
export async function askText(question: TextQuestion): Promise<string | typeof back | undefined> {
  const answer = await ask(question, []);
  return answer === moreOptions ? undefined : answer;
}

/** Like `askText`, with a title button for more options. */
export async function askTextOrMore(
  question: TextQuestionWithMore,
): Promise<string | typeof back | typeof moreOptions | undefined> {
  const tooltip = vscode.l10n.t('More Options…');
  return ask(question, [{ iconPath: new vscode.ThemeIcon('settings'), tooltip }], question.leave);
}

async function ask(
  question: TextQuestion,
  buttons: readonly vscode.QuickInputButton[],
  leave?: (text: string) => void,
): Promise<string | typeof back | typeof moreOptions | undefined> {
  const { title, prompt, placeholder, value, secret = false, problem = () => undefined } = question;
  const box = vscode.window.createInputBox();
  box.title = title;
  box.prompt = prompt;
  if (placeholder !== undefined) box.placeholder = placeholder;
  if (value !== undefined) box.value = value;
  box.password = secret;
  // Users often copy a password from another window.
  box.ignoreFocusOut = true;
  box.buttons = buttons;
  if (question.place !== undefined) showPlace(box, question.place);
  try {
    return await new Promise((resolve) => {
      box.onDidChangeValue((text) => (box.validationMessage = text === '' ? undefined : problem(text)));
      box.onDidTriggerButton((button) => resolve(buttons.includes(button) ? moreOptions : back));
      box.onDidHide(() => resolve(undefined));
      box.onDidAccept(() => {
        box.validationMessage = problem(box.value);
        if (box.validationMessage === undefined) resolve(box.value);
      });
      box.show();
    });
  } finally {
    leave?.(box.value);
    box.dispose();
  }
}
