import { join } from 'node:path';
import type * as vscode from 'vscode';

/** Where the list of relocations is kept. */
export function relocationListFolder({ globalStorageUri }: Pick<vscode.ExtensionContext, 'globalStorageUri'>): string {
  return join(globalStorageUri.fsPath, 'relocation-list');
}
