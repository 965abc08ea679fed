import { basename } from 'node:path';

import * as vscode from 'vscode';

import { SyncCommand } from '../../contract/sync.ts';
import { runCommand } from '../command-registry.ts';
import { withoutLinks } from '../text/formatting.ts';
import type { SyncOutcome } from './entry-state.ts';
import { countsText, failureText, toCopyText } from './sync-text.ts';

type Hide = (text: string) => string;

/** Says what a plan found, and offers to sync. */
export async function showPlanned(path: string, outcome: SyncOutcome | undefined, hide: Hide): Promise<void> {
  if (outcome === undefined) return;
  const { results, plan } = outcome;
  const isDue = results.some(({ state }) => state === 'outdated');
  const counts = isDue ? `${countsText(results)}. ${toCopyText(plan)}` : countsText(results);
  const sync = vscode.l10n.t('Sync…');
  const show = vscode.l10n.t('Show Plan');
  const buttons = [...(isDue ? [sync] : []), show];
  const answer = await notify(path, outcome, counts, hide, buttons);
  if (answer === sync) await runCommand(SyncCommand.sync, fileOf(path));
  if (answer === show) await runCommand(SyncCommand.showResult, fileOf(path));
}

/**
 * Says what a sync did, and offers what comes next.
 * @param isCanceled nothing is said of what the user canceled, unless something failed before
 */
export async function showSynced(
  path: string,
  outcome: SyncOutcome | undefined,
  isCanceled: boolean,
  hide: Hide,
): Promise<void> {
  if (outcome === undefined) return;
  const { results } = outcome;
  const hasFailed = results.some(({ state }) => state === 'failed');
  const isStopped = results.some(({ state }) => state === 'stopped');
  if (isCanceled && !hasFailed) return;
  const again = isStopped ? vscode.l10n.t('Resume') : vscode.l10n.t('Retry');
  const show = vscode.l10n.t('Show Report');
  const buttons = [...(hasFailed || isStopped ? [again] : []), show];
  const answer = await notify(path, outcome, countsText(results), hide, buttons);
  // Both ask for confirmation of a new plan, so that a click in a notification copies nothing by itself.
  if (answer === again) await runCommand(SyncCommand.sync, fileOf(path));
  if (answer === show) await runCommand(SyncCommand.showResult, fileOf(path));
}

/** The first failure is named, because it is what has to be done next. */
function notify(
  path: string,
  { results }: SyncOutcome,
  counts: string,
  hide: Hide,
  buttons: readonly string[],
): Thenable<string | undefined> {
  const failed = results.find(({ state }) => state === 'failed');
  const failure = failed === undefined ? '' : ` ${failed.entry}: ${failureText(failed)}`;
  const text = withoutLinks(hide(`${basename(path)}: ${counts}.${failure}`));
  return failed === undefined
    ? vscode.window.showInformationMessage(text, ...buttons)
    : vscode.window.showWarningMessage(text, ...buttons);
}

function fileOf(path: string): { readonly scheme: string; readonly fsPath: string } {
  return { scheme: 'file', fsPath: path };
}
