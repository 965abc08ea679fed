import * as vscode from 'vscode';

import { settingsSection } from '../../contract/settings.ts';
import type { SettingKey } from '../../contract/settings.ts';
import { machineValue } from './machine-value.ts';

const KEY: SettingKey = 'parallelRelocations';
const DEFAULT = 2;

/** The maximum number of relocations that run at once. */
export function parallelRelocations(): number {
  const value = Number(machineValue(settingsSection, KEY));
  return Number.isSafeInteger(value) && value >= 1 ? value : DEFAULT;
}

export function onDidChangeParallelRelocations(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${settingsSection}.${KEY}`)) listener();
  });
}
