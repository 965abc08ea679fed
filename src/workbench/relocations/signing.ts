import { basename } from 'node:path';

import * as vscode from 'vscode';

import type { RelocationRequest } from '../../relocation/request/request.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import { askText } from '../picks/ask-text.ts';

/** Asks for the password of a key when it signs. It is not stored. */
export async function askKeyPassword(key: string): Promise<string | undefined> {
  const answer = await askText({
    title: vscode.l10n.t('Sign Export'),
    prompt: vscode.l10n.t('Password of the key {0}', basename(key)),
    secret: true,
  });
  return typeof answer === 'string' ? answer : undefined;
}

/** Asks for the private key that signs an export, or the public key of one in an SSH agent. */
export async function askKey(title: string): Promise<string | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ title, openLabel: vscode.l10n.t('Sign with This Key') })) ?? [];
  return file?.scheme === 'file' ? file.fsPath : undefined;
}

/**
 * Signing may run ssh-keygen, a scanner is a program, and a request may come from a task of the workspace.
 * @throws workbench.sign-untrusted, workbench.scan-untrusted
 */
export function refusePrograms({ options = {} }: RelocationRequest, isTrusted = vscode.workspace.isTrusted): void {
  if (isTrusted) return;
  if (options.sign !== undefined) throw workbenchError('sign-untrusted');
  if (options.beforeTag !== undefined) throw workbenchError('scan-untrusted', { command: options.beforeTag });
}
