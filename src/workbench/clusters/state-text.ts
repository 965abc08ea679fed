import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { ReconcileState, Severity } from '../../packaging/reconcile-state.ts';
import { errorText } from '../errors/error-text.ts';
import { shortDigest } from '../text/short-digest.ts';

/** The state of a PackageRepository in a few words. */
export function stateText(state: ReconcileState): string {
  switch (state.kind) {
    case 'ready':
      return vscode.l10n.t('Reconcile succeeded');
    case 'failed':
      return state.stage === undefined
        ? vscode.l10n.t('Reconcile failed')
        : vscode.l10n.t('Reconcile failed: {0}', state.stage);
    case 'reconciling':
      return vscode.l10n.t('Reconciling: {0}', state.stage);
    case 'waiting':
      return vscode.l10n.t('Waiting for kapp-controller to see the change');
    case 'pending':
      return state.late
        ? vscode.l10n.t('Waiting for kapp-controller, which may be down or busy')
        : vscode.l10n.t('Waiting for kapp-controller');
    case 'paused':
      return vscode.l10n.t('Paused');
    case 'deleting':
      return vscode.l10n.t('Deleting');
    case 'delete-failed':
      return vscode.l10n.t('Delete failed');
    case 'deletion-blocked':
    default:
      return vscode.l10n.t('Deletion blocked: paused');
  }
}

/** What there is to say beyond the few words: the tag that was found, or what went wrong. Empty for most states. */
export function stateDetail(state: ReconcileState): string {
  if (state.kind === 'ready') {
    const { resolved } = state;
    return resolved === undefined ? '' : printable(resolved.tag ?? shortDigest(resolved.digest));
  }
  if (state.kind !== 'failed' && state.kind !== 'delete-failed') return '';
  return state.explanation === undefined ? printable(state.message) : errorText(state.explanation).message;
}

/** All that is known, in lines, for a tooltip or a dialog. */
export function stateLines(state: ReconcileState): readonly string[] {
  const lines = [stateText(state)];
  const detail = stateDetail(state);
  if (detail !== '') lines.push(detail);
  if (state.kind === 'failed' || state.kind === 'delete-failed') {
    const remedy = state.explanation === undefined ? undefined : errorText(state.explanation).remedy;
    if (remedy !== undefined) lines.push(remedy);
    if (state.explanation !== undefined) lines.push(vscode.l10n.t('The cluster says: {0}', printable(state.message)));
  }
  if (state.kind === 'failed' && state.nextRetryAt !== undefined) {
    lines.push(vscode.l10n.t('Next try: {0}', new Date(state.nextRetryAt).toLocaleTimeString()));
  }
  if (state.kind === 'ready' && state.syncedAt !== undefined) {
    lines.push(vscode.l10n.t('Last sync: {0}', new Date(state.syncedAt).toLocaleString()));
  }
  return lines;
}

const ICONS: Readonly<Record<Severity, { readonly id: string; readonly color?: string }>> = {
  ok: { id: 'pass', color: 'testing.iconPassed' },
  busy: { id: 'sync' },
  quiet: { id: 'debug-pause' },
  warning: { id: 'warning', color: 'list.warningForeground' },
  error: { id: 'error', color: 'list.errorForeground' },
};

/** The icon's name, for `$(name)` and for tree items. */
export function stateIconId({ severity }: ReconcileState): string {
  return ICONS[severity].id;
}

export function stateIcon({ severity }: ReconcileState): vscode.ThemeIcon {
  const { id, color } = ICONS[severity];
  return color === undefined ? new vscode.ThemeIcon(id) : new vscode.ThemeIcon(id, new vscode.ThemeColor(color));
}
