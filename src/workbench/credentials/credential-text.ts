import * as vscode from 'vscode';

import type { EnteredCredential } from './entered-credential.ts';

export function credentialLabel({ kind, username }: EnteredCredential): string {
  if (kind === 'basic') return username;
  return kind === 'identity-token' ? vscode.l10n.t('Identity token') : vscode.l10n.t('Registry token');
}

export function credentialScope({ registry, prefix, side }: EnteredCredential): string {
  const where = prefix === '' ? registry : `${registry}/${prefix}`;
  if (side === undefined) return where;
  return side === 'source' ? vscode.l10n.t('{0}, for reading', where) : vscode.l10n.t('{0}, for writing', where);
}
