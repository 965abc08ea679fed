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

/** Asks for a text in one step. Returns undefined if the user cancels. */
export async function askText(question: TextQuestion): Promise<string | typeof back | undefined> {
  const { title, prompt, placeholder, value, secret = false, problem = () => undefined } = question;
  const box = vscode.window.createInputBox();
  box.title = title;
  box.prompt = prompt;
  if (placeholder !== undefined) box.placeholder = placeholder;
  if (value !== undefined) box.value = value;
  box.password = secret;
  // Users often copy a password from another window.
  box.ignoreFocusOut = true;
  if (question.place !== undefined) showPlace(box, question.place);
  try {
    return await new Promise((resolve) => {
      box.onDidChangeValue((text) => (box.validationMessage = text === '' ? undefined : problem(text)));
      box.onDidTriggerButton(() => resolve(back));
      box.onDidHide(() => resolve(undefined));
      box.onDidAccept(() => {
        box.validationMessage = problem(box.value);
        if (box.validationMessage === undefined) resolve(box.value);
      });
      box.show();
    });
  } finally {
    box.dispose();
  }
}
