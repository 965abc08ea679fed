import * as vscode from 'vscode';

import { hasCode } from '../errors/airgap-errors.ts';
import { withoutLinks } from '../text/plain.ts';
import type { RelocationRecord } from './list/record.ts';
import type { Relocations } from './list/relocations.ts';
import { timeText } from './live-text.ts';

/** A registry asks to wait for longer than is waited without asking: the user decides. Until then the relocation is paused. */
export async function askToWait(relocations: Relocations, { id, name, error, until }: RelocationRecord): Promise<void> {
  if (until === undefined) return;
  const host = hasCode(error, 'oci.pause-too-long') ? String(error.args['host'] ?? '') : '';
  const text = vscode.l10n.t(
    '{0} asked to wait until {1}. The relocation of {2} is paused.',
    host,
    timeText(until),
    name,
  );
  const wait = vscode.l10n.t('Resume at {0}', timeText(until));
  const leavePaused = vscode.l10n.t('Leave Paused');
  const answer = await vscode.window.showWarningMessage(withoutLinks(text), wait, leavePaused);
  if (answer === wait) await relocations.resume(id, until);
}
