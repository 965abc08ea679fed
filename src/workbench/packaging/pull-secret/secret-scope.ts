import * as vscode from 'vscode';

import { isNamespaceName } from '../../../packaging/repository-name.ts';
import { askFor } from './secret-subject.ts';

/** Where the Secret can be used: in its own namespace or, exported by secretgen-controller, in other namespaces. */
export type SecretScope = { readonly exportTo?: readonly string[] };

/** Asks only if secretgen-controller is installed. Returns undefined if the user cancels. */
export async function askSecretScope(namespace: string, secretgen: boolean): Promise<SecretScope | undefined> {
  if (!secretgen) return {};
  const own = {
    label: vscode.l10n.t('Only for {0}', namespace),
    detail: vscode.l10n.t('Creates a Secret and names it in the PackageRepository or PackageInstall.'),
  };
  const exported = {
    label: vscode.l10n.t('Export to Other Namespaces…'),
    detail: vscode.l10n.t('With a SecretExport, for secretgen-controller.'),
  };
  const title = vscode.l10n.t('Create Pull Secret');
  const answer = await vscode.window.showQuickPick([own, exported], { title, ignoreFocusOut: true });
  if (answer === undefined) return undefined;
  if (answer === own) return {};
  const prompt = vscode.l10n.t(
    'Namespaces that receive the Secret, separated by commas; * for all. Their users can read the password.',
  );
  const text = await askFor(prompt, '*', (value) => namespacesOf(value).every(isTarget));
  return text === undefined ? undefined : { exportTo: namespacesOf(text) };
}

function namespacesOf(text: string): string[] {
  return text.split(',').map((part) => part.trim());
}

function isTarget(namespace: string): boolean {
  return namespace === '*' || isNamespaceName(namespace);
}
