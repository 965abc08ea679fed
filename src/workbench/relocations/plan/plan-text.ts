import * as vscode from 'vscode';

import { formatBytes, formatSeconds } from '../../../base/format.ts';
import type { PlannedTag, PlanSummary } from '../../../relocation/plan/plan-summary.ts';
import { shortDigest } from '../../text/formatting.ts';

/** Describes a plan line by line for confirmation. */
export function planText(view: PlanSummary): string {
  const lines = [
    vscode.l10n.t('From: {0}', view.source),
    vscode.l10n.t('To: {0}', view.destination),
    '',
    imagesLine(view),
    ...(view.totals.bytesOnDisk === undefined
      ? [bytesLine(view), ...timeLine(view), ...view.tags.map(tagLine)]
      : [...diskLine(view), ...timeLine(view)]),
    ...view.warnings.map((warning) => vscode.l10n.t('Warning: {0}', warning)),
  ];
  return lines.join('\n');
}

/** Tags that exist with another digest and would be moved. */
export function movingTags(view: PlanSummary): readonly PlannedTag[] {
  return view.tags.filter(({ current, digest }) => current !== undefined && current !== digest);
}

function imagesLine({ totals: { images, imagesToCopy } }: PlanSummary): string {
  if (imagesToCopy === 0) return vscode.l10n.t('Images: all {0} already present', images);
  if (imagesToCopy === images) return vscode.l10n.t('Images: {0} to copy', images);
  return vscode.l10n.t('Images: {0} to copy, {1} already present', imagesToCopy, images - imagesToCopy);
}

function bytesLine({ totals: { bytesToCopy, bytes }, exact }: PlanSummary): string {
  const [copy, all] = [formatBytes(bytesToCopy), formatBytes(bytes)];
  if (bytesToCopy === 0) return vscode.l10n.t('Data: nothing to copy');
  if (!exact) return vscode.l10n.t('Data: up to {0} to copy of {1}', copy, all);
  return bytesToCopy === bytes
    ? vscode.l10n.t('Data: {0} to copy', copy)
    : vscode.l10n.t('Data: {0} to copy of {1}', copy, all);
}

function diskLine({ totals: { bytesOnDisk } }: PlanSummary): string[] {
  return bytesOnDisk === undefined ? [] : [vscode.l10n.t('On disk: {0}', formatBytes(bytesOnDisk))];
}

function timeLine({ totals: { secondsExpected } }: PlanSummary): string[] {
  if (secondsExpected === undefined) return [];
  return [vscode.l10n.t('Estimated time: {0}', formatSeconds(Math.max(1, secondsExpected)))];
}

function tagLine({ name, digest, current }: PlannedTag): string {
  if (current === undefined) return vscode.l10n.t('Tag {0}: new', name);
  if (current === digest) return vscode.l10n.t('Tag {0}: unchanged', name);
  return vscode.l10n.t('Tag {0} will move: {1} → {2}', name, shortDigest(current), shortDigest(digest));
}
