import * as vscode from 'vscode';

import type { StoredRepository } from '../../cluster/api.ts';
import type { FoundRepository } from '../../packaging/find-repositories.ts';
import { errorSentences } from '../errors/error-text.ts';
import type { ApplyTrial } from './apply-trial.ts';

export interface ApplyQuestion {
  readonly context: string;
  readonly server: string;
  readonly found: FoundRepository;
  readonly trial: ApplyTrial;
}

/** Asks once, with all that one has to know: where it goes, what is there, and who else has a hand in it. */
export async function confirmApply(question: ApplyQuestion): Promise<boolean> {
  const { context, found, trial } = question;
  const button = buttonOf(trial);
  const options = { modal: true, detail: detailOf(question) };
  const message = vscode.l10n.t('Apply PackageRepository {0} to {1}?', found.name?.value ?? '', context);
  const show = trial.conflict === undefined ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  return (await show(message, options, button)) === button;
}

function buttonOf({ conflict, namespaceMissing }: ApplyTrial): string {
  if (conflict !== undefined) return vscode.l10n.t('Take Over and Apply');
  return namespaceMissing ? vscode.l10n.t('Create Namespace and Apply') : vscode.l10n.t('Apply');
}

function detailOf({ context, server, found, trial }: ApplyQuestion): string {
  const { namespace, namespaceMissing, conflict } = trial;
  const lines = [
    vscode.l10n.t('Context: {0}', context),
    vscode.l10n.t('Server: {0}', server),
    namespaceMissing
      ? vscode.l10n.t('Namespace: {0}, which does not exist yet and will be created', namespace)
      : vscode.l10n.t('Namespace: {0}', namespace),
    ...(found.image === undefined ? [] : [vscode.l10n.t('Image: {0}', found.image.value)]),
    '',
    changeOf(trial),
  ];
  if (conflict !== undefined) lines.push('', errorSentences(conflict));
  return lines.join('\n');
}

function changeOf({ before, after }: ApplyTrial): string {
  if (before === undefined) return vscode.l10n.t('It is not there yet and will be created.');
  if (before.yaml === after?.yaml) return vscode.l10n.t('It is there already, just like this.');
  const image = imageOf(before);
  return image === undefined || image === imageOf(after)
    ? vscode.l10n.t('It is there already and will be changed.')
    : vscode.l10n.t('It is there already, with the image {0}, which will be replaced.', image);
}

function imageOf(stored: StoredRepository | undefined): string | undefined {
  const source = stored?.repository.source;
  return source?.kind === 'imgpkgBundle' ? source.image : undefined;
}
