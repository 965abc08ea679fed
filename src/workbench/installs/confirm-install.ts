import * as vscode from 'vscode';

import { printable } from '../../base/printable.ts';
import type { FoundInstall } from '../../packaging/install/find-installs.ts';
import { errorSentences } from '../errors/error-text.ts';
import { askOverEditor } from '../packaging/ask-over-editor.ts';
import type { DiffDocuments } from '../packaging/diff-documents.ts';
import { changesOf, textOf } from './install-trial.ts';
import type { InstallTrial, ObjectChange } from './install-trial.ts';

export interface InstallQuestion {
  readonly context: string;
  readonly server: string;
  readonly found: FoundInstall;
  readonly trial: InstallTrial;
  /** Problems in the document, one sentence each. */
  readonly problems: readonly string[];
}

/** Asks once for confirmation with everything that will be created or changed; a diff editor shows it in full. */
export async function confirmInstall(question: InstallQuestion, diffs: DiffDocuments): Promise<boolean> {
  const { context, found, trial, problems } = question;
  const name = found.name?.value ?? '';
  const [before, after] = [textOf(trial.before), textOf(trial.after)];
  const isChange = before !== after;
  const title = vscode.l10n.t('{0} in {1}: current ↔ after Apply', name, context);
  const close = isChange ? await diffs.show({ title, before, after }) : undefined;
  try {
    return await askOverEditor({
      message: vscode.l10n.t('Apply PackageInstall {0} to {1}?', name, context),
      detail: detailOf(question),
      button: buttonOf(question),
      isWarning: trial.conflict !== undefined || problems.length > 0,
      hasEditor: isChange,
    });
  } finally {
    await close?.();
  }
}

function buttonOf({ trial: { conflict, namespaceMissing }, problems }: InstallQuestion): string {
  if (conflict !== undefined) return vscode.l10n.t('Take Over and Apply');
  if (namespaceMissing) return vscode.l10n.t('Create Namespace and Apply');
  return problems.length > 0 ? vscode.l10n.t('Apply Anyway') : vscode.l10n.t('Apply');
}

function detailOf({ context, server, found, trial, problems }: InstallQuestion): string {
  const { namespace, namespaceMissing, conflict } = trial;
  const version = [found.refName?.value, found.constraints?.value].filter((part) => part !== undefined).join(' ');
  const changes = changesOf(trial);
  const lines = [
    vscode.l10n.t('Context: {0}', context),
    vscode.l10n.t('Server: {0}', server),
    namespaceMissing
      ? vscode.l10n.t('Namespace: {0} (will be created)', namespace)
      : vscode.l10n.t('Namespace: {0}', namespace),
    vscode.l10n.t('Package: {0}', printable(version)),
    '',
    ...changes.map(([{ kind, name }, change]) => `• ${kind} ${name}: ${changeText(change)}`),
    ...(changes.some(([{ kind }]) => kind === 'ClusterRole')
      ? ['', vscode.l10n.t('Its service account gets the rights of the ClusterRole in the whole cluster.')]
      : []),
  ];
  if (conflict !== undefined) lines.push('', errorSentences(conflict));
  if (problems.length > 0) {
    lines.push('', vscode.l10n.t('Problems in the document:'), ...problems.map((each) => `• ${each}`));
  }
  return lines.join('\n');
}

function changeText(change: ObjectChange): string {
  const texts: Readonly<Record<ObjectChange, string>> = {
    created: vscode.l10n.t('will be created'),
    changed: vscode.l10n.t('will be changed'),
    unchanged: vscode.l10n.t('no changes'),
    unknown: vscode.l10n.t('cannot be read with your permissions'),
  };
  return texts[change];
}
