import * as vscode from 'vscode';

import type { AuditReport } from '../../audit/report.ts';
import type { StoredRepository } from '../../cluster/api.ts';
import type { FoundRepository } from '../../packaging/documents/find-documents.ts';
import { auditHeadline } from '../audit/report-text.ts';
import { errorSentences } from '../errors/error-text.ts';
import type { ApplyTrial } from './apply-trial.ts';
import { askOverEditor } from './ask-over-editor.ts';
import type { DiffDocuments } from './diff-documents.ts';

export interface ApplyQuestion {
  readonly context: string;
  readonly server: string;
  readonly found: FoundRepository;
  readonly trial: ApplyTrial;
  /** Problems in the document, one sentence each. */
  readonly problems: readonly string[];
  /** The last audit of its image in this session. */
  readonly audit?: AuditReport | undefined;
}

/**
 * Asks once for confirmation with the target, the existing object, and its other managers. A diff editor behind the dialog
 * shows the change as computed by the cluster.
 */
export async function confirmApply(question: ApplyQuestion, diffs: DiffDocuments): Promise<boolean> {
  const { context, found, trial } = question;
  const name = found.name?.value ?? '';
  const { before, after } = trial;
  const isChange = after !== undefined && before?.yaml !== after.yaml;
  const title = vscode.l10n.t('{0} in {1}: current ↔ after Apply', name, context);
  const close = isChange ? await diffs.show({ title, before: before?.yaml ?? '', after: after.yaml }) : undefined;
  try {
    return await askOverEditor({
      message: vscode.l10n.t('Apply PackageRepository {0} to {1}?', name, context),
      detail: detailOf(question),
      button: buttonOf(question),
      isWarning: trial.conflict !== undefined || question.problems.length > 0 || question.audit?.isInside === false,
      hasEditor: isChange,
    });
  } finally {
    await close?.();
  }
}

function buttonOf({ trial: { conflict, namespaceMissing }, problems }: ApplyQuestion): string {
  if (conflict !== undefined) return vscode.l10n.t('Take Over and Apply');
  if (namespaceMissing) return vscode.l10n.t('Create Namespace and Apply');
  return problems.length > 0 ? vscode.l10n.t('Apply Anyway') : vscode.l10n.t('Apply');
}

function detailOf({ context, server, found, trial, problems, audit }: ApplyQuestion): string {
  const { namespace, namespaceMissing, conflict } = trial;
  const lines = [
    vscode.l10n.t('Context: {0}', context),
    vscode.l10n.t('Server: {0}', server),
    namespaceMissing
      ? vscode.l10n.t('Namespace: {0} (will be created)', namespace)
      : vscode.l10n.t('Namespace: {0}', namespace),
    ...(found.image === undefined ? [] : [vscode.l10n.t('Image: {0}', found.image.value)]),
    ...(audit === undefined ? [] : [vscode.l10n.t('Last audit: {0}', auditHeadline(audit))]),
    '',
    changeOf(trial),
  ];
  if (conflict !== undefined) lines.push('', errorSentences(conflict));
  if (problems.length > 0)
    lines.push('', vscode.l10n.t('Problems in the document:'), ...problems.map((each) => `• ${each}`));
  return lines.join('\n');
}

function changeOf({ before, after }: ApplyTrial): string {
  if (before === undefined) return vscode.l10n.t('Does not exist yet; will be created.');
  if (before.yaml === after?.yaml) return vscode.l10n.t('No changes.');
  const image = imageOf(before);
  return image === undefined || image === imageOf(after)
    ? vscode.l10n.t('Exists; will be changed.')
    : vscode.l10n.t('Exists; its image {0} will be replaced.', image);
}

export function imageOf(stored: StoredRepository | undefined): string | undefined {
  const source = stored?.repository.source;
  return source?.kind === 'imgpkgBundle' ? source.image : undefined;
}
