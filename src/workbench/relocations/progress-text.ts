import * as vscode from 'vscode';

import type { RelocationPhase } from '../../relocation/events.ts';
import { formatBytes, formatSeconds } from '../../base/format.ts';

/** The known progress of a running relocation. */
export interface ShownProgress {
  readonly phase: RelocationPhase;
  readonly bytesDone: number;
  readonly bytesTotal: number;
  readonly bytesPerSecond: number;
  readonly secondsLeft?: number | undefined;
}

/** Formats amount, rate and remaining time in one line. */
export function progressText(progress: ShownProgress): string {
  const { bytesTotal, bytesPerSecond, secondsLeft } = progress;
  if (progress.phase !== 'copy' || bytesTotal === 0) return phaseText(progress.phase);
  const amount = amountText(progress);
  if (bytesPerSecond <= 0) return amount;
  const rate = vscode.l10n.t('{0}/s', formatBytes(bytesPerSecond));
  return secondsLeft === undefined
    ? vscode.l10n.t('{0}, {1}', amount, rate)
    : vscode.l10n.t('{0}, {1}, {2} left', amount, rate, formatSeconds(secondsLeft));
}

export function amountText({ bytesDone, bytesTotal }: Pick<ShownProgress, 'bytesDone' | 'bytesTotal'>): string {
  return vscode.l10n.t('{0} of {1}', formatBytes(bytesDone), formatBytes(bytesTotal));
}

/** 0 to 99; 100 only when complete. */
export function percentOf({ bytesDone, bytesTotal }: Pick<ShownProgress, 'bytesDone' | 'bytesTotal'>): number {
  return bytesTotal === 0 ? 0 : Math.floor((bytesDone / bytesTotal) * 100);
}

export function phaseText(phase: RelocationPhase): string {
  const texts = {
    resolve: vscode.l10n.t('Reading the source…'),
    plan: vscode.l10n.t('Comparing with the destination…'),
    scan: vscode.l10n.t('Scanning the images…'),
    copy: vscode.l10n.t('Copying…'),
    finish: vscode.l10n.t('Finishing…'),
  };
  return texts[phase];
}
