import * as vscode from 'vscode';

import type { ContextKeyName } from '../../contract/contexts.ts';

const current = new Map<ContextKeyName, boolean>();

/** Sets a context key, if it changes. */
export function setContext(key: ContextKeyName, value: boolean): void {
  if (current.get(key) === value) return;
  current.set(key, value);
  void vscode.commands.executeCommand('setContext', key, value);
}
