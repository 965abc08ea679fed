import * as vscode from 'vscode';

import { RelocationCommand } from '../../contract/relocations.ts';
import { PackagingCommand } from '../../contract/packaging.ts';
import type { RelocationReport } from '../../relocation/report.ts';
import { runCommand } from '../command-registry.ts';
import { withoutLinks } from '../text/plain.ts';
import type { RelocationRecord } from './list/record.ts';
import { reportText } from './report-text.ts';
import { rootTarget } from './root-target.ts';

/** Tells that a relocation is done, with what one does next. */
export async function showCompletion(record: RelocationRecord, report: RelocationReport): Promise<void> {
  const { request, name } = record;
  if (report.failed.length > 0) return showPartialCompletion(record, report);
  if (request.destination.kind === 'archive') return showExportCompletion(record, request.destination.path, report);
  const { root } = report;
  const create = vscode.l10n.t('Create PackageRepository');
  const copy = vscode.l10n.t('Copy Reference');
  const show = vscode.l10n.t('Show Report');
  const actions = [...(root?.isBundle === true ? [create] : []), ...(root === undefined ? [] : [copy]), show];
  const answer = await vscode.window.showInformationMessage(
    withoutLinks(reportText(name, request, report)),
    ...actions,
  );
  if (answer === show) await runCommand(RelocationCommand.showReport, { relocation: record.id });
  if (root !== undefined && answer === copy) await vscode.env.clipboard.writeText(root.reference);
  if (answer === create) await runCommand(PackagingCommand.create, rootTarget(report));
}

async function showExportCompletion(record: RelocationRecord, path: string, report: RelocationReport): Promise<void> {
  const { id, name, request } = record;
  const verify = vscode.l10n.t('Verify');
  const show = vscode.l10n.t('Show Report');
  const answer = await vscode.window.showInformationMessage(
    withoutLinks(reportText(name, request, report)),
    verify,
    show,
  );
  if (answer === show) await runCommand(RelocationCommand.showReport, { relocation: id });
  if (answer === verify) await runCommand(RelocationCommand.verifyTarball, vscode.Uri.file(path));
}

async function showPartialCompletion({ id, name, request }: RelocationRecord, report: RelocationReport): Promise<void> {
  const retry = vscode.l10n.t('Retry Failed');
  const show = vscode.l10n.t('Show Report');
  const answer = await vscode.window.showWarningMessage(withoutLinks(reportText(name, request, report)), retry, show);
  if (answer === show) await runCommand(RelocationCommand.showReport, { relocation: id });
  if (answer === retry) await runCommand(RelocationCommand.retryFailed, { relocation: id });
}
