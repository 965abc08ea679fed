import * as vscode from 'vscode';

import { back } from './pick.ts';
import { showPlace } from './step-place.ts';
import type { StepPlace } from './step-place.ts';

export interface TextQuestion {
  readonly title: string;
  readonly prompt: string;
  readonly placeholder?: string;
  readonly value?: string;
  /** What is typed is not shown. */
  readonly secret?: boolean;
  readonly place?: StepPlace;
  /** Why the text can not be taken; it is told while it is typed, an empty one only when it is entered. */
  readonly problem?: (text: string) => string | undefined;
}

/** One step of asking for a text. Undefined when the user leaves. */
export async function askText(question: TextQuestion): Promise<string | typeof back | undefined> {
  const { title, prompt, placeholder, value, secret = false, problem = () => undefined } = question;
  const box = vscode.window.createInputBox();
  box.title = title;
  box.prompt = prompt;
  if (placeholder !== undefined) box.placeholder = placeholder;
  if (value !== undefined) box.value = value;
  box.password = secret;
  // A password is often copied from another window.
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
