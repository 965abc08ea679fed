import * as vscode from 'vscode';

import { isMoving } from '../../relocation/plan/plan-summary.ts';
import type { SyncLock } from '../../sync/sync-lock.ts';
import type { SyncResult } from '../../sync/sync-result.ts';
import { plansText } from '../relocations/plan/plan-text.ts';
import { versionOf } from './entry-state.ts';
import { countsText, failureText } from './sync-text.ts';

/** Maximum number of failures that a question names: a dialog does not scroll everywhere. */
const MAX_FAILURES = 3;

/**
 * Asks whether to copy what a plan found. It is a warning if tags would move that no sync has set.
 * @param name of the file
 */
export async function confirmSync(
  name: string,
  results: readonly SyncResult[],
  lock: SyncLock,
): Promise<'sync' | 'show plan' | undefined> {
  const due = results.filter(({ state }) => state === 'outdated');
  const plans = due.flatMap((result) =>
    result.plan === undefined ? [] : [{ name: `${result.entry} ${versionOf(result)}`, view: result.plan }],
  );
  const failed = results.filter(({ state }) => state === 'failed');
  const detail = [
    vscode.l10n.t('Entries: {0}', countsText(results)),
    plansText(plans),
    ...failed
      .slice(0, MAX_FAILURES)
      .map((result) => vscode.l10n.t('{0} cannot be synced: {1}', result.entry, failureText(result))),
  ].join('\n\n');
  const foreign = due.filter((result) => movesForeignTag(result, lock));
  const show = vscode.l10n.t('Show Plan');
  if (foreign.length === 0) {
    const go = vscode.l10n.t('Sync');
    const answer = await vscode.window.showInformationMessage(
      vscode.l10n.t('Sync {0}?', name),
      { modal: true, detail },
      go,
      show,
    );
    return answer === go ? 'sync' : answer === show ? 'show plan' : undefined;
  }
  const go = vscode.l10n.t('Sync and Move Tags');
  const question = vscode.l10n.t('Sync {0}? Tags would move that no sync of this file has set.', name);
  const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, show, go);
  return answer === go ? 'sync' : answer === show ? 'show plan' : undefined;
}

/** A tag that an earlier sync has set is expected to move. */
function movesForeignTag({ destination, plan }: SyncResult, lock: SyncLock): boolean {
  const own = lock.brought.get(destination)?.tags;
  return plan?.tags.some((tag) => isMoving(tag) && own?.get(tag.name) !== tag.current) === true;
}
