import * as vscode from 'vscode';

import type { Inspection } from '../../carvel/inspect.ts';

export function artifactName(kind: Inspection['kind']): string {
  const names = {
    bundle: vscode.l10n.t('bundle'),
    image: vscode.l10n.t('image'),
    index: vscode.l10n.t('index'),
    other: vscode.l10n.t('artifact'),
  };
  return names[kind];
}

export function artifactIcon(kind: Inspection['kind']): vscode.ThemeIcon {
  const icons = { bundle: 'package', image: 'file-binary', index: 'layers', other: 'file' };
  return new vscode.ThemeIcon(icons[kind]);
}
