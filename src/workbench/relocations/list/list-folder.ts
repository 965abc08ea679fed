import { join } from 'node:path';
import type * as vscode from 'vscode';

/** The folder in which the list of relocations is stored. */
export function relocationListFolder({ globalStorageUri }: Pick<vscode.ExtensionContext, 'globalStorageUri'>): string {
  return join(globalStorageUri.fsPath, 'relocation-list');
}
