import type * as vscode from 'vscode';

import { buildWorkbench } from './workbench/build-workbench.ts';

export function activate(context: vscode.ExtensionContext): void {
  context.subscriptions.push(buildWorkbench(context));
}
