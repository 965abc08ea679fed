import * as vscode from 'vscode';

import { KEYS_OF_STEPS } from '../../contract/contexts.ts';
import type { ContextKeyName } from '../../contract/contexts.ts';

const current = new Map<ContextKeyName, boolean>();

/** Sets a context key, if it changes. */
export function setContext(key: ContextKeyName, value: boolean): void {
  if (current.get(key) === value) return;
  current.set(key, value);
  void vscode.commands.executeCommand('setContext', key, value);
}

/**
 * Opens the walkthrough with the steps ticked that are already done: VS Code ticks a step only when its context key becomes
 * true after it has read the walkthrough, which it does when it shows one for the first time.
 */
export async function withKeysOfSteps(open: () => Thenable<unknown>): Promise<void> {
  const done = KEYS_OF_STEPS.filter((key) => current.get(key) === true);
  for (const key of done) setContext(key, false);
  await open();
  for (const key of done) setContext(key, true);
}
