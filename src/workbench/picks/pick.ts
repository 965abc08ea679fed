import * as vscode from 'vscode';

import { isAbort } from '../../base/errors.ts';
import { isSubsequence } from '../text/matching.ts';

/** The position of a step in a sequence. */
export interface StepPlace {
  /** Whether Back leads to a previous step or dialog. */
  readonly canGoBack: boolean;
  /** Counts from 1; the title shows it together with the total. */
  readonly number?: number;
  readonly of?: number;
}

/** For a step outside of a sequence, which the user leaves with Back. */
export const SIDE_STEP: StepPlace = { canGoBack: true };

/** Shows the position in an input box, unless the step is the only one. */
export function showPlace(
  box: vscode.QuickInput & { buttons: readonly vscode.QuickInputButton[] },
  { canGoBack, number, of = 1 }: StepPlace,
): void {
  if (canGoBack) box.buttons = [vscode.QuickInputButtons.Back, ...box.buttons];
  if (number === undefined || of < 2) return;
  box.step = number;
  box.totalSteps = of;
}

export interface Choice<Value> extends vscode.QuickPickItem {
  readonly value?: Value;
  /** Runs an action instead of choosing and then shows the choices again, for example "Load More…". */
  readonly action?: (signal: AbortSignal) => Promise<void>;
}

export interface PickOptions<Value> {
  readonly title: string;
  readonly placeholder: string;
  /** Loads the choices. Until it resolves, the pick is busy and shows the choices passed to `showMeanwhile`. */
  readonly choices: (
    signal: AbortSignal,
    showMeanwhile: (some: readonly Choice<Value>[]) => void,
  ) => Promise<readonly Choice<Value>[]>;
  /** Returns additional choices for the typed text; they need `alwaysShow`. */
  readonly typed?: (text: string) => readonly Choice<Value>[];
  readonly place?: StepPlace;
  /** The initial text of the filter. */
  readonly text?: string;
  /** Marks the previous answer, so that Enter repeats it. */
  readonly isCurrent?: (value: Value) => boolean;
}

/** Returned when the user goes back to the previous step. */
export const back = Symbol('back');

/** Asks for one choice. Returns undefined if the user cancels, and rejects with the error of `choices`. */
export async function pick<Value>(options: PickOptions<Value>): Promise<Value | typeof back | undefined> {
  const box = vscode.window.createQuickPick<Choice<Value>>();
  const abort = new AbortController();
  let choices: readonly Choice<Value>[] = [];
  // VS Code identifies items by their index. Choices for typed text come last, so that an Enter during an update still
  // selects the same item.
  const show = (): void => {
    box.items = [...choices, ...(box.value === '' ? [] : (options.typed?.(box.value) ?? []))];
  };
  const load = async (): Promise<void> => {
    box.busy = true;
    try {
      choices = await options.choices(abort.signal, (some) => {
        choices = some;
        show();
      });
      show();
      const current = choices.find(({ value }) => value !== undefined && options.isCurrent?.(value) === true);
      if (current !== undefined && box.value === '') box.activeItems = [current];
    } finally {
      box.busy = false;
    }
  };
  box.title = options.title;
  box.placeholder = options.placeholder;
  box.matchOnDescription = true;
  // A question stays until it is answered: users copy an answer from elsewhere, and VS Code itself moves the focus.
  box.ignoreFocusOut = true;
  if (options.text !== undefined) box.value = options.text;
  if (options.place !== undefined) showPlace(box, options.place);
  try {
    return await new Promise((resolve, reject) => {
      const loadOrEnd = (): Promise<void> =>
        load().catch((error: unknown) => (isAbort(error) ? resolve(undefined) : reject(error as Error)));
      box.onDidChangeValue(show);
      box.onDidTriggerButton(() => resolve(back));
      box.onDidHide(() => resolve(undefined));
      box.onDidAccept(() => {
        const choice =
          box.selectedItems.find((each) => isShown(each, box.value)) ?? unambiguousTyped(options, box.value);
        if (choice === undefined) return;
        if (choice.action !== undefined) void choice.action(abort.signal).then(loadOrEnd, reject);
        else if (choice.value !== undefined) resolve(choice.value);
      });
      box.show();
      void loadOrEnd();
    });
  } finally {
    abort.abort();
    box.dispose();
  }
}

/** Accepts text that was entered before its choice could be shown, if it has exactly one meaning. */
function unambiguousTyped<Value>({ typed }: PickOptions<Value>, text: string): Choice<Value> | undefined {
  const choices = text === '' ? [] : (typed?.(text) ?? []);
  return choices.length === 1 ? choices[0] : undefined;
}

/** Whether the filter shows a choice: the user cannot have meant a hidden one. */
function isShown({ alwaysShow, label, description }: vscode.QuickPickItem, filter: string): boolean {
  return alwaysShow === true || isSubsequence(filter, label) || isSubsequence(filter, description ?? '');
}
