import { join } from 'node:path';
import * as vscode from 'vscode';

import { homeFolder } from '../../../base/home-folder.ts';
import { writeOutput } from '../../../base/output-file.ts';
import { formatReport } from '../../../relocation/report/report-document.ts';
import type { ReportedAttempt } from '../../../relocation/report/report.ts';
import type { ReadOnlyDocuments } from '../../view/read-only-documents.ts';
import type { AttemptNote, RelocationRecord } from '../list/record.ts';
import { reportDocument } from '../report/report-document.ts';

/** Shows the report of a relocation as a Markdown document. */
export async function showReport(documents: ReadOnlyDocuments, record: RelocationRecord): Promise<void> {
  const title = vscode.l10n.t('Report {0}', record.name.replaceAll(/[^A-Za-z0-9._-]+/g, '-'));
  await documents.show(`${title}.md`, reportDocument(record), record.id);
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
