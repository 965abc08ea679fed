import * as vscode from 'vscode';

import { back } from './pick.ts';

export interface Toggle<Key extends string> {
  readonly key: Key;
  readonly label: string;
  readonly detail?: string;
}

export interface PickManyOptions<Key extends string> {
  readonly title: string;
  readonly placeholder: string;
  readonly toggles: readonly Toggle<Key>[];
  /** The items that are selected initially. */
  readonly on: ReadonlySet<Key>;
  /** An additional title button next to Back. */
  readonly button?: vscode.QuickInputButton & { readonly run: () => Thenable<unknown> };
}

/** Asks for a selection of several items in one step. Returns undefined if the user cancels. */
export async function pickMany<Key extends string>(
  options: PickManyOptions<Key>,
): Promise<ReadonlySet<Key> | typeof back | undefined> {
  const box = vscode.window.createQuickPick<vscode.QuickPickItem & Toggle<Key>>();
  box.title = options.title;
  box.placeholder = options.placeholder;
  box.canSelectMany = true;
  box.ignoreFocusOut = true;
  box.items = options.toggles;
  box.selectedItems = box.items.filter(({ key }) => options.on.has(key));
  const { button } = options;
  box.buttons = [vscode.QuickInputButtons.Back, ...(button === undefined ? [] : [button])];
  try {
    return await new Promise((resolve) => {
      box.onDidTriggerButton((pressed) => {
        if (pressed === button) void button.run();
        resolve(pressed === vscode.QuickInputButtons.Back ? back : undefined);
      });
      box.onDidHide(() => resolve(undefined));
      box.onDidAccept(() => resolve(new Set(box.selectedItems.map(({ key }) => key))));
      box.show();
    });
  } finally {
    box.dispose();
  }
}
