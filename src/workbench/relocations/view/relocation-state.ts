import * as vscode from 'vscode';

import type { Relocation } from '../list/relocation.ts';

/** The state in a word or two. */
export function stateText({ record: { state, report }, live, isElsewhere }: Relocation): string {
  if (isElsewhere) return vscode.l10n.t('running in another window');
  if (live?.stopping !== undefined) return vscode.l10n.t('stopping');
  const texts = {
    waiting: vscode.l10n.t('waiting'),
    running: vscode.l10n.t('running'),
    delayed: vscode.l10n.t('waiting for the registry'),
    paused: vscode.l10n.t('paused'),
    interrupted: vscode.l10n.t('interrupted'),
    cancelled: vscode.l10n.t('cancelled'),
    failed: vscode.l10n.t('failed'),
    finished: (report?.failed.length ?? 0) > 0 ? vscode.l10n.t('finished in part') : vscode.l10n.t('finished'),
  };
  return texts[state];
}

export function relocationIcon({ record: { state, report }, isElsewhere }: Relocation): vscode.ThemeIcon {
  if (isElsewhere) return new vscode.ThemeIcon('multiple-windows');
  const isPart = (report?.failed.length ?? 0) > 0;
  const icons = {
    waiting: ['watch'],
    running: ['sync~spin'],
    delayed: ['clock'],
    paused: ['debug-pause'],
    interrupted: ['debug-disconnect', 'list.warningForeground'],
    cancelled: ['circle-slash'],
    failed: ['error', 'list.errorForeground'],
    finished: isPart ? ['warning', 'list.warningForeground'] : ['pass', 'testing.iconPassed'],
  } as const;
  const [name, color] = icons[state];
  return color === undefined ? new vscode.ThemeIcon(name) : new vscode.ThemeIcon(name, new vscode.ThemeColor(color));
}
