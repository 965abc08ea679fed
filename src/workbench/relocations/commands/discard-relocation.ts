import * as vscode from 'vscode';

import { destinationText } from '../../../relocation/request/request.ts';
import { withProgress } from '../../progress.ts';
import { withoutIcons } from '../../text/formatting.ts';
import type { RelocationSnapshot } from '../list/relocation-snapshot.ts';
import type { Relocations } from '../list/relocations.ts';
import { amountText } from '../progress-text.ts';

/** Deletes the data for resuming a relocation after confirmation, because it can represent hours of copying. */
export async function discardRelocation(relocations: Relocations, { record }: RelocationSnapshot): Promise<void> {
  const { id, name, request, figures } = record;
  const destination = destinationText(request.destination);
  const question = vscode.l10n.t('Discard the relocation of {0}?', name);
  const what =
    request.destination.kind === 'archive'
      ? vscode.l10n.t('The unfinished file next to {0} is deleted.', destination)
      : vscode.l10n.t('Unfinished uploads to {0} are deleted. What is complete there stays.', destination);
  const amount = figures === undefined ? [] : [vscode.l10n.t('Copied: {0}', amountText(figures))];
  const discard = vscode.l10n.t('Discard');
  const options = { modal: true, detail: [what, ...amount].join('\n') };
  if ((await vscode.window.showWarningMessage(question, options, discard)) !== discard) return;
  const title = vscode.l10n.t('Discarding {0}', withoutIcons(name));
  await withProgress(title, (signal) => relocations.discard(id, signal));
}
