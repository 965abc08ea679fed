import * as vscode from 'vscode';

import { expandHome } from '../../base/home-folder.ts';
import { settingsSection } from '../../contract/settings.ts';
import type { SettingKey } from '../../contract/settings.ts';
import { machineValue } from './machine-value.ts';

const KEY: SettingKey = 'kubeconfig';

/** The kubeconfig files in the setting `carvelAirgap.kubeconfig`; `~/` is the home folder. */
export function kubeconfigFiles(): readonly string[] {
  const files = machineValue(settingsSection, KEY);
  if (!Array.isArray(files)) return [];
  return files
    .filter((file): file is string => typeof file === 'string' && file !== '')
    .map((file) => expandHome(file, process.env));
}

export function onDidChangeKubeconfigFiles(listener: () => void): vscode.Disposable {
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration(`${settingsSection}.${KEY}`)) listener();
  });
}
