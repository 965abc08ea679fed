import * as vscode from 'vscode';

import { formatBytes } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import type { CombinedPlan } from '../../relocation/plan/combined-plan.ts';
import { countStates } from '../../sync/sync-document.ts';
import type { SyncResult } from '../../sync/sync-result.ts';
import { errorText } from '../errors/error-text.ts';
import { movingLine, movingTags } from '../relocations/plan/plan-text.ts';
import { imageCount, imagesOf } from '../text/counts.ts';
import { withoutIcons, wrapLine } from '../text/formatting.ts';
import type { EntryState, SyncOutcome } from './entry-state.ts';

/** VS Code trims the space after an icon. */
const NO_BREAK_SPACE = '\u00a0';
const MAX_TITLE_LENGTH = 160;
/** Maximum width of a document in characters; references are never broken. */
const WIDTH = 96;

/** How many entries have which state, in one line. */
export function countsText(results: readonly Pick<SyncResult, 'state'>[]): string {
  const { current, outdated, synced, failed, stopped } = countStates(results);
  return [
    ...(synced === 0 ? [] : [vscode.l10n.t('{0} synced', synced)]),
    ...(current === 0 ? [] : [vscode.l10n.t('{0} up to date', current)]),
    ...(outdated === 0 ? [] : [vscode.l10n.t('{0} out of date', outdated)]),
    ...(failed === 0 ? [] : [vscode.l10n.t('{0} failed', failed)]),
    ...(stopped === 0 ? [] : [vscode.l10n.t('{0} stopped', stopped)]),
  ].join(', ');
}

export function toCopyText({ totals: { imagesToCopy, bytesToCopy }, exact }: CombinedPlan): string {
  const size = formatBytes(bytesToCopy);
  return exact
    ? vscode.l10n.t('To copy: {0}, {1}', imageCount(imagesToCopy), size)
    : vscode.l10n.t('To copy: {0}, up to {1}', imageCount(imagesToCopy), size);
}

/** Why an entry failed, in one line. */
export function failureText({ error, report }: Pick<SyncResult, 'error' | 'report'>): string {
  if (error !== undefined) return printable(errorText(error).message, 400);
  const [first] = report?.failed ?? [];
  const count = report?.failed.length ?? 0;
  return first === undefined
    ? vscode.l10n.t('unknown reason')
    : printable(vscode.l10n.t('{0} not copied: {1}', imageCount(count), first.reason), 400);
}

/** The title of the lens of an entry. */
export function stateTitle(state: EntryState): string {
  const { icon, text } = stateText(state);
  return `$(${icon})${NO_BREAK_SPACE}${withoutIcons(printable(text, MAX_TITLE_LENGTH))}`;
}

function stateText(state: EntryState): { readonly icon: string; readonly text: string } {
  switch (state.kind) {
    case 'never':
      return { icon: 'circle-outline', text: vscode.l10n.t('Never copied') };
    case 'copied':
      return { icon: 'history', text: vscode.l10n.t('Last copied: {0}', state.version) };
    case 'current':
      return { icon: 'pass', text: vscode.l10n.t('Up to date: {0}', state.version) };
    case 'outdated':
      return { icon: 'cloud-download', text: outdatedText(state) };
    case 'stopped':
      return { icon: 'debug-pause', text: vscode.l10n.t('Stopped') };
    case 'failed':
    default:
      return {
        icon: 'error',
        text:
          state.error === undefined
            ? vscode.l10n.t('Failed: {0} not copied', imageCount(state.images))
            : vscode.l10n.t('Failed: {0}', errorText(state.error).message),
      };
  }
}

function outdatedText({ version, before, images, bytes }: Extract<EntryState, { kind: 'outdated' }>): string {
  const amount = images === 0 ? vscode.l10n.t('only tags') : `${imageCount(images)}, ${formatBytes(bytes)}`;
  return before === undefined
    ? vscode.l10n.t('Not copied yet: {0} ({1})', version, amount)
    : vscode.l10n.t('Out of date: {0} → {1} ({2})', before, version, amount);
}

/** A plan or the results of a sync as a document: the totals first, then what there is to do, then the rest. */
export function resultsText(name: string, { kind, results, at, plan }: SyncOutcome): string {
  const rank = { failed: 0, stopped: 1, outdated: 2, synced: 3, current: 4 } as const;
  const sorted = results.toSorted((a, b) => rank[a.state] - rank[b.state]);
  return [
    vscode.l10n.t('Entries: {0}', countsText(results)),
    ...(kind === 'sync' || plan.totals.imagesToCopy === 0 ? [] : [toCopyText(plan)]),
    '',
    vscode.l10n.t('File:  {0}', printable(name)),
    vscode.l10n.t('Time:  {0}', new Date(at).toLocaleString()),
    ...sorted.flatMap(resultLines),
    '',
  ].join('\n');
}

function resultLines(result: SyncResult): string[] {
  const { entry, source, digest, destination, tag, plan, report } = result;
  const target = tag === undefined ? destination : `${destination}:${tag}`;
  const warnings = report?.warnings ?? plan?.warnings ?? [];
  const lines = [
    ...(source === undefined ? [] : [vscode.l10n.t('From: {0}', source)]),
    vscode.l10n.t('To: {0}', target),
    ...(digest === undefined ? [] : [vscode.l10n.t('Digest: {0}', digest)]),
    ...amountLines(result),
    ...(plan === undefined ? [] : movingTags(plan).map((each) => movingLine(each, destination))),
    ...(plan?.missing ?? []).map(({ reference, reason }) =>
      vscode.l10n.t('Missing at the source: {0}', `${reference}: ${reason}`),
    ),
    ...(report?.failed ?? []).map(({ reference, reason }) => vscode.l10n.t('Failed: {0}: {1}', reference, reason)),
    ...errorLines(result),
    ...warnings.map((warning) => vscode.l10n.t('Warning: {0}', warning)),
  ];
  return [
    '',
    `${printable(entry)}: ${stateWord(result)}`,
    ...lines.flatMap((line) => wrapLine(`  ${printable(line, 2000)}`, WIDTH)),
  ];
}

function amountLines({ state, plan, report }: SyncResult): string[] {
  if (report !== undefined) {
    const { images, bytes } = report;
    return [vscode.l10n.t('Copied: {0}, {1}', imagesOf(images.copied, images.total), formatBytes(bytes.copied))];
  }
  if (state !== 'outdated' || plan === undefined) return [];
  const { images, imagesToCopy, bytesToCopy } = plan.totals;
  return [vscode.l10n.t('To copy: {0}, {1}', imagesOf(imagesToCopy, images), formatBytes(bytesToCopy))];
}

function errorLines({ state, error, line }: SyncResult): string[] {
  if (state !== 'failed') return [];
  const { message, remedy } = error === undefined ? { message: undefined, remedy: undefined } : errorText(error);
  return [
    ...[message, remedy].flatMap((text) => text ?? []),
    vscode.l10n.t('The entry is in line {0} of the file.', line),
  ];
}

function stateWord({ state }: Pick<SyncResult, 'state'>): string {
  return {
    current: vscode.l10n.t('up to date'),
    outdated: vscode.l10n.t('out of date'),
    synced: vscode.l10n.t('synced'),
    failed: vscode.l10n.t('failed'),
    stopped: vscode.l10n.t('stopped'),
  }[state];
}
