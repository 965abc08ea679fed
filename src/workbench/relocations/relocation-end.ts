import * as vscode from 'vscode';

import { RelocationCommand } from '../../contract/relocations.ts';
import { PackagingCommand } from '../../contract/packaging.ts';
import { parseReference } from '../../oci/reference.ts';
import type { RelocationReport } from '../../relocation/report.ts';
import { runCommand } from '../command-registry.ts';
import { withoutLinks } from '../text/plain.ts';
import type { RelocationJob } from './relocation-job.ts';
import { exportText, reportText } from './report-text.ts';

/**
 * Tells that a relocation is done, with what one does next.
 * @param number in the history
 */
export async function showRelocationEnd(
  { name, request }: RelocationJob,
  report: RelocationReport,
  number: number,
): Promise<void> {
  if (request.destination.kind === 'archive') return showExportEnd(name, request.destination.path, report, number);
  const { root } = report;
  const create = vscode.l10n.t('Create PackageRepository');
  const copy = vscode.l10n.t('Copy Reference');
  const save = vscode.l10n.t('Save as Task…');
  const actions = [...(root?.isBundle === true ? [create] : []), ...(root === undefined ? [] : [copy]), save];
  const answer = await vscode.window.showInformationMessage(withoutLinks(reportText(name, report)), ...actions);
  if (answer === save) await runCommand(RelocationCommand.saveTask, number);
  if (root === undefined) return;
  if (answer === copy) await vscode.env.clipboard.writeText(root.reference);
  if (answer !== create) return;
  const { registry, path } = parseReference(root.reference);
  const tag = root.tag === undefined ? {} : { tag: root.tag };
  await runCommand(PackagingCommand.create, { registry, path, digest: root.digest, ...tag });
}

async function showExportEnd(name: string, path: string, report: RelocationReport, number: number): Promise<void> {
  const verify = vscode.l10n.t('Verify');
  const save = vscode.l10n.t('Save as Task…');
  const answer = await vscode.window.showInformationMessage(withoutLinks(exportText(name, report)), verify, save);
  if (answer === save) await runCommand(RelocationCommand.saveTask, number);
  if (answer === verify) await runCommand(RelocationCommand.verifyTarball, vscode.Uri.file(path));
}
