import * as vscode from 'vscode';

import { formatBytes, formatSeconds } from '../../../base/format.ts';
import { printable } from '../../../base/printable.ts';
import type { RelocationReport } from '../../../relocation/report/report.ts';
import { destinationText, sourceText } from '../../../relocation/request/request.ts';
import { errorText } from '../../errors/error-text.ts';
import type { AttemptNote, RelocationRecord } from '../list/record.ts';
import { optionNames } from '../plan/option-picker.ts';
import { endText } from '../view/relocation-state.ts';

/** Formats the outcome or progress of a relocation as Markdown. */
export function reportDocument(record: RelocationRecord): string {
  const { name, report, error, attempts } = record;
  const lines = [
    `# ${vscode.l10n.t('Relocation of {0}', code(name))}`,
    '',
    headline(record),
    '',
    ...facts(record),
    ...(report === undefined ? [] : details(report)),
    ...attemptLines(attempts),
    ...(error === undefined ? [] : ['', `## ${vscode.l10n.t('Error')}`, '', ...errorLines(error)]),
  ];
  return `${lines.join('\n')}\n`;
}

function headline({ state, report }: RelocationRecord): string {
  if (report === undefined) {
    return state === 'failed' ? vscode.l10n.t('**Failed.**') : vscode.l10n.t('**Not finished.**');
  }
  const { failed, images } = report;
  if (failed.length > 0) {
    return vscode.l10n.t('**{0} of {1} images failed.**', failed.length, images.total);
  }
  return images.copied === 0
    ? vscode.l10n.t('**Already up to date: {0} images.**', images.total)
    : vscode.l10n.t('**Complete: {1} of {0} images copied.**', images.total, images.copied);
}

function facts({ request, startedAt, changedAt, report }: RelocationRecord): string[] {
  const options = optionNames(request.options ?? {});
  return list([
    [vscode.l10n.t('From'), code(sourceText(request.source))],
    [vscode.l10n.t('To'), code(destinationText(request.destination))],
    ...(options.length === 0 ? [] : [[vscode.l10n.t('Options'), options.map(code).join(', ')] as const]),
    [vscode.l10n.t('Started'), new Date(startedAt).toLocaleString()],
    ...(report === undefined ? [] : [[vscode.l10n.t('Ended'), new Date(changedAt).toLocaleString()] as const]),
    ...(report?.root === undefined || report.failed.length > 0
      ? []
      : [[vscode.l10n.t('Reference'), code(report.root.reference)] as const]),
    ...(report === undefined || report.tags.length === 0
      ? []
      : [[vscode.l10n.t('Tags'), report.tags.map(code).join(', ')] as const]),
    ...(report === undefined || report.tagsNotSet.length === 0
      ? []
      : [[vscode.l10n.t('Tags not set'), notSet(report)] as const]),
  ]);
}

function notSet({ tagsNotSet }: RelocationReport): string {
  return vscode.l10n.t('{0}, because the bundle is not complete', tagsNotSet.map(code).join(', '));
}

function details({ images, blobs, bytes, transferSeconds, failed, warnings }: RelocationReport): string[] {
  const time = formatSeconds(transferSeconds);
  const rate = transferSeconds > 0 ? formatBytes(bytes.copied / transferSeconds) : formatBytes(0);
  return [
    '',
    `## ${vscode.l10n.t('Summary')}`,
    '',
    ...list([
      [vscode.l10n.t('Images'), vscode.l10n.t('{0} copied, {1} already present', images.copied, images.present)],
      [
        vscode.l10n.t('Layers and configs'),
        vscode.l10n.t(
          '{0} copied, {1} mounted, {2} already present, {3} skipped',
          blobs.copied,
          blobs.mounted,
          blobs.present,
          blobs.skipped,
        ),
      ],
      [vscode.l10n.t('Data'), vscode.l10n.t('{0} copied of {1}', formatBytes(bytes.copied), formatBytes(bytes.total))],
      [vscode.l10n.t('Time of transfer'), vscode.l10n.t('{0}, {1}/s', time, rate)],
    ]),
    ...section(
      vscode.l10n.t('Failed images'),
      failed.map(
        ({ reference, code: errorCode, reason }) => `${code(reference)}: ${code(reason)} (${code(errorCode)})`,
      ),
    ),
    ...section(vscode.l10n.t('Warnings'), warnings.map(code)),
  ];
}

/** Empty if the first attempt succeeded. */
function attemptLines(attempts: readonly AttemptNote[]): string[] {
  if (attempts.length < 2) return [];
  return section(
    vscode.l10n.t('Attempts'),
    attempts.map(({ startedAt, lastAt, end = 'interrupted', bytesSent }) =>
      vscode.l10n.t(
        '{0}, {1}: {2}, {3} sent',
        new Date(startedAt).toLocaleString(),
        formatSeconds((lastAt - startedAt) / 1000),
        endText(end),
        formatBytes(bytesSent),
      ),
    ),
  );
}

function section(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : ['', `## ${title}`, '', ...items.map((item) => `- ${item}`)];
}

function errorLines(error: Error): string[] {
  const { message, remedy } = errorText(error);
  return [code(message), ...(remedy === undefined ? [] : ['', code(remedy)])];
}

function list(items: readonly (readonly [name: string, value: string])[]): string[] {
  return items.map(([name, value]) => `- ${name}: ${value}`);
}

/** Formats a code span, so that text from others is not interpreted as Markdown. */
function code(value: string): string {
  return `\`${printable(value, 2000).replaceAll('`', "'")}\``;
}
