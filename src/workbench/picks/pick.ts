import * as vscode from 'vscode';

import { isAbort } from '../../base/errors.ts';
import { isSubsequence } from '../text/subsequence.ts';
import { showPlace } from './step-place.ts';
import type { StepPlace } from './step-place.ts';

export interface Choice<Value> extends vscode.QuickPickItem {
  readonly value?: Value;
  /** Instead of choosing: does something and shows the choices again, such as "Load More…". */
  readonly action?: (signal: AbortSignal) => Promise<void>;
}

export interface PickOptions<Value> {
  readonly title: string;
  readonly placeholder: string;
  /** May take long: the pick is open and busy meanwhile, and shows what there is already. */
  readonly choices: (
    signal: AbortSignal,
    showMeanwhile: (some: readonly Choice<Value>[]) => void,
  ) => Promise<readonly Choice<Value>[]>;
  /** What typed text stands for, besides the choices that match it; with `alwaysShow`. */
  readonly typed?: (text: string) => readonly Choice<Value>[];
  readonly place?: StepPlace;
  /** What is in the box at first. */
  readonly text?: string;
  /** The answer that was given before; Enter gives it again. */
  readonly isCurrent?: (value: Value) => boolean;
}

/** The user wants the step before. */
export const back = Symbol('back');

/** One step of choosing. Undefined when the user leaves; an error of `choices` rejects. */
export async function pick<Value>(options: PickOptions<Value>): Promise<Value | typeof back | undefined> {
  const box = vscode.window.createQuickPick<Choice<Value>>();
  const abort = new AbortController();
  let choices: readonly Choice<Value>[] = [];
  // VS Code names items by their place in the list. What is typed comes last, so that an Enter that crosses a change on
  // its way still means the same choice; what fits best is shown first anyway.
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
        const choice = box.selectedItems.find((each) => isShown(each, box.value)) ?? onlyTyped(options, box.value);
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

/** What was typed and entered faster than it could be shown, where it can mean one thing only. */
function onlyTyped<Value>({ typed }: PickOptions<Value>, text: string): Choice<Value> | undefined {
  const choices = text === '' ? [] : (typed?.(text) ?? []);
  return choices.length === 1 ? choices[0] : undefined;
}

/** Whether the filter lets a choice through: what the user can not have seen, he did not mean. */
function isShown({ alwaysShow, label, description }: vscode.QuickPickItem, filter: string): boolean {
  return alwaysShow === true || isSubsequence(filter, label) || isSubsequence(filter, description ?? '');
}
