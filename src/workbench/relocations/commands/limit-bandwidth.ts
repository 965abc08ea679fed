import * as vscode from 'vscode';

import { askText } from '../../picks/ask-text.ts';
import { bandwidthLimitMib, setBandwidthLimit } from '../../settings/transfer-settings.ts';

/** Asks for the bandwidth limit of all relocations and stores it in the settings, where it takes effect immediately. */
export async function limitBandwidth(): Promise<void> {
  const limit = bandwidthLimitMib();
  const answer = await askText({
    title: vscode.l10n.t('Limit Bandwidth'),
    prompt: vscode.l10n.t('Limit in MiB/s for all relocations; empty for no limit'),
    value: limit === undefined ? '' : String(limit),
    problem: (text) =>
      mib(text) === undefined ? vscode.l10n.t('Enter a number such as 5 or 0.5, or leave empty.') : undefined,
  });
  const chosen = typeof answer === 'string' ? mib(answer) : undefined;
  if (chosen === undefined) return;
  await setBandwidthLimit(chosen === 0 ? undefined : chosen);
}

/** Parses MiB with a decimal point or comma; an empty text is 0, and undefined means invalid. */
function mib(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.');
  return /^(?:\d{1,6}(?:\.\d{1,3})?)?$/.test(trimmed) ? Number(trimmed) : undefined;
}
