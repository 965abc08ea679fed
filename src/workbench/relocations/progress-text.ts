import * as vscode from 'vscode';

import type { RelocationPhase, RelocationProgress } from '../../relocation/events.ts';
import { formatBytes, formatSeconds } from '../../base/format.ts';

/** One line under a progress notification's title. */
export function progressText(progress: RelocationProgress): string {
  const { bytesDone, bytesTotal, bytesPerSecond, secondsLeft } = progress;
  if (progress.phase !== 'copy' || bytesTotal === 0) return phaseText(progress.phase);
  const amount = vscode.l10n.t('{0} of {1}', formatBytes(bytesDone), formatBytes(bytesTotal));
  if (bytesPerSecond <= 0) return amount;
  const rate = vscode.l10n.t('{0}/s', formatBytes(bytesPerSecond));
  return secondsLeft === undefined
    ? vscode.l10n.t('{0}, {1}', amount, rate)
    : vscode.l10n.t('{0}, {1}, {2} left', amount, rate, formatSeconds(secondsLeft));
}

export function phaseText(phase: RelocationPhase): string {
  const texts = {
    resolve: vscode.l10n.t('looking up the source…'),
    plan: vscode.l10n.t('finding out what has to be copied…'),
    copy: vscode.l10n.t('copying…'),
    finish: vscode.l10n.t('finishing…'),
  };
  return texts[phase];
}
