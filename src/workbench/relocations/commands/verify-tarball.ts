import { basename } from 'node:path';
import * as vscode from 'vscode';

import { formatBytes } from '../../../base/format.ts';
import { isFaulty } from '../../../carvel/archive/verification.ts';
import type { VerifiedEntry } from '../../../carvel/archive/verification.ts';
import type { FileTarget } from '../../../contract/relocations.ts';
import type { ExportVerification } from '../../../relocation/archive/signed-export.ts';
import type { RelocationEngine } from '../../../relocation/engine.ts';
import type { ErrorReporter } from '../../errors/error-reporter.ts';
import { layoutOf } from '../../files/file-editor.ts';
import { withProgress } from '../../progress.ts';
import { imageCount } from '../../text/counts.ts';
import { withoutIcons, withoutLinks } from '../../text/formatting.ts';
import { signerText } from '../plan/plan-text.ts';
import { tarballFrom } from '../wizard/file-pickers.ts';

export interface VerifyTarballParts {
  readonly engine: Pick<RelocationEngine, 'verify'>;
  readonly reporter: ErrorReporter;
  readonly log: vscode.LogOutputChannel;
}

/** Verifies every layer of a tarball; each invalid entry is logged. */
export async function verifyTarball(parts: VerifyTarballParts, file?: FileTarget): Promise<void> {
  const given = await tarballFrom(file, vscode.l10n.t('Verify Tarball'), vscode.l10n.t('Verify'));
  if (given === undefined) return;
  const path = layoutOf(given);
  const name = basename(path);
  try {
    await show(parts, name, await verify(parts, name, path));
  } catch (error) {
    const sentence = (message: string) => vscode.l10n.t('Verifying {0} failed: {1}', name, message);
    parts.reporter.report({ action: `Verify ${path}`, sentence }, error);
  }
}

function verify(parts: VerifyTarballParts, name: string, path: string): Promise<ExportVerification> {
  return withProgress(vscode.l10n.t('Verifying {0}', withoutIcons(name)), (signal, report) =>
    parts.engine.verify(path, {
      signal,
      onProgress: ({ bytesDone, bytesTotal }) => {
        const message = vscode.l10n.t('{0} of {1}', formatBytes(bytesDone), formatBytes(bytesTotal));
        report({ message, percent: bytesTotal === 0 ? 0 : Math.floor((bytesDone / bytesTotal) * 100) });
      },
    }),
  );
}

async function show(parts: VerifyTarballParts, name: string, verification: ExportVerification): Promise<void> {
  const { isValid, images, entries, damage, signer, signatureFault } = verification;
  if (isValid) {
    const valid = vscode.l10n.t('{0} is valid: {1}, {2} entries.', name, imageCount(images), entries.length);
    const signed = signer === undefined ? '' : ` ${signerText(signer)}.`;
    void vscode.window.showInformationMessage(withoutLinks(valid + signed));
    return;
  }
  const wrong = entries.filter(isFaulty);
  for (const entry of wrong) parts.log.error(`${name}: ${entryLine(entry)}`);
  if (damage !== undefined) parts.log.error(`${name}: ${damage}`);
  const [first] = wrong.filter(({ name: entry }) => entry !== signatureFault?.entry);
  const what = first === undefined ? (damage ?? '') : entryLine(first);
  const text =
    first === undefined && damage === undefined && signatureFault !== undefined
      ? vscode.l10n.t('{0} is complete, but its signature is not accepted: {1}', name, signatureFault.reason)
      : wrong.length > 1
        ? vscode.l10n.t('{0} is damaged: {1}; and {2} more. Export or copy it again.', name, what, wrong.length - 1)
        : vscode.l10n.t('{0} is damaged: {1}. Export or copy it again.', name, what);
  const showLog = vscode.l10n.t('Show Log');
  const answer = await vscode.window.showErrorMessage(withoutLinks(text), showLog);
  if (answer === showLog) parts.log.show(true);
}

function entryLine({ name, status, detail }: VerifiedEntry): string {
  const text = statusText(status);
  return detail === undefined ? `${name}: ${text}` : `${name}: ${text} (${detail})`;
}

function statusText(status: VerifiedEntry['status']): string {
  return {
    ok: vscode.l10n.t('valid'),
    missing: vscode.l10n.t('missing'),
    'zero-filled': vscode.l10n.t('contains only zeros'),
    cut: vscode.l10n.t('cut off'),
    'wrong-size': vscode.l10n.t('wrong size'),
    'wrong-digest': vscode.l10n.t('wrong digest'),
    extra: vscode.l10n.t('not needed'),
    invalid: vscode.l10n.t('invalid'),
    skipped: vscode.l10n.t('skipped (non-distributable)'),
    omitted: vscode.l10n.t('omitted (in the base)'),
  }[status];
}
