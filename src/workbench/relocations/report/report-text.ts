import * as vscode from 'vscode';

import { formatBytes, formatSeconds } from '../../../base/format.ts';
import type { RelocationReport } from '../../../relocation/report/report.ts';
import type { RelocationRequest } from '../../../relocation/request/request.ts';
import { imageCount, imagesOf } from '../../text/counts.ts';
import { directionOf } from '../relocation-job.ts';

/** Describes the outcome of a relocation, export or import in one sentence. */
export function reportText(name: string, request: RelocationRequest, report: RelocationReport): string {
  if (report.failed.length > 0) return partialText(name, request, report);
  if (hasOnlyVerified(request, report)) {
    const { total } = report.images;
    return total === 1
      ? vscode.l10n.t('Verified {0} in {1}: its image is complete.', name, report.destination)
      : vscode.l10n.t('Verified {0} in {1}: all {2} images are complete.', name, report.destination, total);
  }
  const done = {
    relocation: relocationText,
    export: exportText,
    import: importText,
  }[directionOf(request)](name, report);
  return report.warnings.length === 0 ? done : vscode.l10n.t('{0} The log has warnings.', done);
}

function relocationText(
  name: string,
  { images, blobs, bytes, transferSeconds, destination }: RelocationReport,
): string {
  const { copied, total } = images;
  if (copied === 0) return vscode.l10n.t('Relocated {0} to {1}: already up to date.', name, destination);
  if (blobs.copied === 0) {
    const images = imagesOf(copied, total);
    return vscode.l10n.t('Relocated {0} to {1}: {2} copied within the registry.', name, destination, images);
  }
  return vscode.l10n.t(
    'Relocated {0} to {1}: {2} copied, {3} in {4}.',
    name,
    destination,
    imagesOf(copied, total),
    formatBytes(bytes.copied),
    formatSeconds(transferSeconds),
  );
}

function exportText(name: string, { images, bytes, transferSeconds, destination }: RelocationReport): string {
  return vscode.l10n.t(
    'Exported {0} to {1}: {2}, {3} in {4}. Also carry the files next to it.',
    name,
    destination,
    imageCount(images.total),
    formatBytes(bytes.copied),
    formatSeconds(transferSeconds),
  );
}

function importText(name: string, { images, bytes, transferSeconds, destination }: RelocationReport): string {
  const { copied, total } = images;
  if (copied === 0) return vscode.l10n.t('Imported {0} to {1}: already up to date.', name, destination);
  return vscode.l10n.t(
    'Imported {0} to {1}: {2} copied, {3} in {4}.',
    name,
    destination,
    imagesOf(copied, total),
    formatBytes(bytes.copied),
    formatSeconds(transferSeconds),
  );
}

/** For a relocation in which some images failed. */
function partialText(name: string, request: RelocationRequest, report: RelocationReport): string {
  const figures = [name, report.destination, imagesOf(report.failed.length, report.images.total)];
  const text = {
    relocation: vscode.l10n.t('Partially relocated {0} to {1}: {2} failed.', ...figures),
    export: vscode.l10n.t('Partially exported {0} to {1}: {2} failed.', ...figures),
    import: vscode.l10n.t('Partially imported {0} to {1}: {2} failed.', ...figures),
  }[directionOf(request)];
  return report.tagsNotSet.length === 0 ? text : `${text} ${tagsNotSetText(report)}`;
}

/** Which tags were not set, and why. */
export function tagsNotSetText({ tagsNotSet }: RelocationReport): string {
  return vscode.l10n.t('The tag {0} was not set, because the bundle is not complete.', tagsNotSet.join(', '));
}

/** Whether a relocation checked everything at its registry and had no layer to copy. */
export function hasOnlyVerified(
  { options, destination }: RelocationRequest,
  { blobs, failed }: RelocationReport,
): boolean {
  const isComplete = failed.length === 0 && blobs.copied + blobs.mounted === 0;
  return options?.repair === true && destination.kind === 'repository' && isComplete;
}
