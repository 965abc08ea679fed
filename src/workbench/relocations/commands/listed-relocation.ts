import { join } from 'node:path';
import * as vscode from 'vscode';

import { homeFolder } from '../../../base/home-folder.ts';
import { writeOutput } from '../../../base/output-file.ts';
import { formatReport, requestOfFailed } from '../../../relocation/report/report-document.ts';
import type { ReportedAttempt } from '../../../relocation/report/report.ts';
import type { RenderedPages } from '../../view/rendered-pages.ts';
import type { AttemptNote, RelocationRecord } from '../list/record.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import { reportPage } from '../report/report-page.ts';
import { workbenchError } from '../../errors/workbench-error.ts';
import type { RelocationStarter } from '../plan/relocation-starter.ts';
import { destinationText } from '../../../relocation/request/request.ts';
import { withProgress } from '../../progress.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { Relocations } from '../list/relocations.ts';
import { amountText } from '../progress-text.ts';

/** Shows the report of a relocation as a page. */
export function showReport(pages: RenderedPages, record: RelocationRecord): void {
  pages.show({ id: record.id, title: vscode.l10n.t('Report {0}', record.name), body: reportPage(record) });
}

/** Writes the same report as `--report` on the command line. */
export async function saveReport({ name, request, report, attempts }: RelocationRecord): Promise<void> {
  if (report === undefined) return;
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homeFolder(process.env) ?? '/';
  const file = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save Report of {0}', name),
    saveLabel: vscode.l10n.t('Save'),
    filters: { JSON: ['json'] },
    defaultUri: vscode.Uri.file(join(folder, `${name.replaceAll(/[^A-Za-z0-9._-]+/g, '-')}-report.json`)),
  });
  if (file?.scheme === 'file')
    await writeOutput(file.fsPath, formatReport(request, report, attempts.map(reportedAttempt)));
}

function reportedAttempt({ startedAt, lastAt, end, bytesSent }: AttemptNote): ReportedAttempt {
  const time = (at: number): string => new Date(at).toISOString();
  return { started: time(startedAt), ended: time(lastAt), end: end ?? 'interrupted', bytesSent };
}

/** Copies the images that failed and the tags that were skipped because of them, after the plan is confirmed. */
export function retryFailed(starter: RelocationStarter, { name, request, report }: RelocationRecord): Promise<void> {
  const invalid = (): Error => workbenchError('nothing-failed', { name });
  return starter.start({ name, request: requestOfFailed({ kind: 'Report', request, ...report }, invalid) });
}

/** Runs a relocation again, after the plan is confirmed because tags may have moved. */
export function runAgain(
  starter: RelocationStarter,
  { name, request, cluster }: Pick<RelocationRecord, 'name' | 'request' | 'cluster'>,
): Promise<void> {
  return starter.start({ name, request, ...(cluster === undefined ? {} : { cluster }) });
}

/** Deletes the data for resuming a relocation after confirmation, because it can represent hours of copying. */
export async function discardRelocation(relocations: Relocations, { record }: RelocationSnapshot): Promise<void> {
  const { id, name, request, figures, cluster } = record;
  const destination = destinationText(request.destination);
  const question = vscode.l10n.t('Discard the relocation of {0}?', name);
  const here =
    request.destination.kind === 'archive'
      ? vscode.l10n.t('The unfinished file next to {0} is deleted.', destination)
      : vscode.l10n.t('Unfinished uploads to {0} are deleted. What is complete there stays.', destination);
  const what =
    cluster === undefined
      ? here
      : vscode.l10n.t(
          'The Job {0} in {1} and all that belongs to it are deleted. What is complete in {2} stays.',
          cluster.job,
          cluster.context,
          destination,
        );
  const amount = figures === undefined ? [] : [vscode.l10n.t('Copied: {0}', amountText(figures))];
  const discard = vscode.l10n.t('Discard');
  const options = { modal: true, detail: [what, ...amount].join('\n') };
  if ((await vscode.window.showWarningMessage(question, options, discard)) !== discard) return;
  const title = vscode.l10n.t('Discarding {0}', withoutIcons(name));
  await withProgress(title, (signal) => relocations.discard(id, signal));
}
