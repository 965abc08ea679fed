import * as vscode from 'vscode';

import type { RelocationReport } from '../../relocation/report.ts';
import { formatBytes, formatSeconds } from '../../base/format.ts';

/** The end of a relocation in one sentence. */
export function reportText(name: string, report: RelocationReport): string {
  const { images, blobs, bytes, seconds, destination, warnings } = report;
  const { copied, total } = images;
  const done =
    copied === 0
      ? vscode.l10n.t('Relocated {0} to {1}: everything was there already.', name, destination)
      : blobs.copied === 0
        ? vscode.l10n.t(
            'Relocated {0} to {1}: {2} of {3} images copied within the registry.',
            name,
            destination,
            copied,
            total,
          )
        : vscode.l10n.t(
            'Relocated {0} to {1}: {2} of {3} images copied, {4} in {5}.',
            name,
            destination,
            copied,
            total,
            formatBytes(bytes.copied),
            formatSeconds(seconds),
          );
  return warnings.length === 0 ? done : vscode.l10n.t('{0} The log has warnings.', done);
}

/** The end of an export in one sentence. */
export function exportText(name: string, { images, bytes, seconds, destination, warnings }: RelocationReport): string {
  const done = vscode.l10n.t(
    'Exported {0} to {1}: {2} images, {3} in {4}.',
    name,
    destination,
    images.total,
    formatBytes(bytes.copied),
    formatSeconds(seconds),
  );
  return warnings.length === 0 ? done : vscode.l10n.t('{0} The log has warnings.', done);
}

/** The end of a relocation that left images out, in one sentence. */
export function partText(name: string, { failed, images, destination }: RelocationReport): string {
  return vscode.l10n.t(
    'Relocated {0} to {1} in part: {2} of {3} images could not be copied.',
    name,
    destination,
    failed.length,
    images.total,
  );
}
