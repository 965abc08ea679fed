import * as vscode from 'vscode';

import { ThemeColorId } from '../../../contract/views.ts';
import type { JobPart } from '../../../relocation/events.ts';
import type { AttemptNote } from '../list/record.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import type { ImageState } from './relocation-node.ts';

export function stateText({ record: { state, report }, live, isElsewhere }: RelocationSnapshot): string {
  if (isElsewhere) return vscode.l10n.t('running in another window');
  if (live?.stopping !== undefined) return vscode.l10n.t('stopping');
  if (state === 'waiting') return vscode.l10n.t('queued');
  if (state === 'running') return vscode.l10n.t('running');
  if (state === 'delayed') return vscode.l10n.t('waiting for the registry');
  if (state === 'finished' && (report?.failed.length ?? 0) > 0) return vscode.l10n.t('partially finished');
  return endText(state);
}

/** The result of an attempt. */
export function endText(end: NonNullable<AttemptNote['end']>): string {
  const texts = {
    paused: vscode.l10n.t('paused'),
    interrupted: vscode.l10n.t('interrupted'),
    cancelled: vscode.l10n.t('canceled'),
    failed: vscode.l10n.t('failed'),
    finished: vscode.l10n.t('finished'),
  };
  return texts[end];
}

export function relocationIcon({ record: { state, report }, isElsewhere }: RelocationSnapshot): vscode.ThemeIcon {
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
    finished: isPart ? ['warning', 'list.warningForeground'] : ['pass', ThemeColorId.success],
  } as const;
  const [name, color] = icons[state];
  return color === undefined ? new vscode.ThemeIcon(name) : new vscode.ThemeIcon(name, new vscode.ThemeColor(color));
}

export function imageStateText(state: ImageState): string {
  const texts = {
    active: vscode.l10n.t('copying'),
    waiting: vscode.l10n.t('waiting'),
    copied: vscode.l10n.t('copied'),
    present: vscode.l10n.t('already present'),
    failed: vscode.l10n.t('failed'),
  };
  return texts[state];
}

export function imageStateIcon(state: ImageState): vscode.ThemeIcon {
  const icons = {
    active: new vscode.ThemeIcon('arrow-right'),
    waiting: new vscode.ThemeIcon('circle-outline'),
    copied: new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed')),
    present: new vscode.ThemeIcon('check'),
    failed: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  };
  return icons[state];
}

export function partStateText(state: JobPart['state']): string {
  const texts = {
    waiting: vscode.l10n.t('waiting'),
    running: vscode.l10n.t('running'),
    done: vscode.l10n.t('done'),
    failed: vscode.l10n.t('failed'),
  };
  return texts[state];
}

export function partStateIcon(state: JobPart['state']): vscode.ThemeIcon {
  const icons = { waiting: 'waiting', running: 'active', done: 'copied', failed: 'failed' } as const;
  return imageStateIcon(icons[state]);
}
