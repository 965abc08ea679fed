import * as vscode from 'vscode';

import type { CredentialProvider } from '../../../oci/auth/credentials.ts';

export interface SecretLogin {
  readonly username: string;
  readonly password: string;
}

/**
 * Returns the user name and password for the Secret, from this machine or from the user. kapp-controller only supports user
 * name and password, so other tokens cannot be used. Returns undefined if the user cancels.
 * @param registry the name that this machine uses
 */
export async function askLogin(
  credentials: CredentialProvider,
  registry: string,
  path: string,
): Promise<SecretLogin | undefined> {
  const known = await credentials({ side: 'destination', registry, repository: path });
  const title = vscode.l10n.t('Create Pull Secret for {0}', registry);
  if (known?.kind !== 'basic') return askTyped(title);
  const own = {
    label: vscode.l10n.t('Use {0}', known.username),
    description: vscode.l10n.t('from {0}', known.origin),
    detail: vscode.l10n.t('Who can read Secrets here can read the password.'),
  };
  const other = { label: vscode.l10n.t('Another User…') };
  const answer = await vscode.window.showQuickPick([own, other], { title, ignoreFocusOut: true });
  if (answer === undefined) return undefined;
  return answer === own ? { username: known.username, password: known.password } : askTyped(title);
}

async function askTyped(title: string): Promise<SecretLogin | undefined> {
  const validateInput = (text: string) => (text === '' ? vscode.l10n.t('Enter a value.') : undefined);
  const shared = { title, validateInput, ignoreFocusOut: true };
  const username = await vscode.window.showInputBox({ ...shared, prompt: vscode.l10n.t('User') });
  if (username === undefined) return undefined;
  const prompt = vscode.l10n.t(
    'Password or token of {0}. It is sent to the cluster and not stored anywhere else.',
    username,
  );
  const password = await vscode.window.showInputBox({ ...shared, prompt, password: true });
  return password === undefined ? undefined : { username, password };
}
