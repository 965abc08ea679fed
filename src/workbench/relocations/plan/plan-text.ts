import * as vscode from 'vscode';

import { formatBytes, formatSeconds } from '../../../base/format.ts';
import { printable } from '../../../base/printable.ts';
import { isMoving } from '../../../relocation/plan/plan-summary.ts';
import type { PlannedTag, PlanSummary } from '../../../relocation/plan/plan-summary.ts';
import type { RelocationOptions } from '../../../relocation/request/request.ts';
import { shortDigest } from '../../text/formatting.ts';
import { optionNames } from './option-picker.ts';

/** Describes a plan line by line for confirmation, with the options that were chosen. */
export function planText(view: PlanSummary, options: RelocationOptions = {}): string {
  const names = optionNames(options);
  const lines = [
    vscode.l10n.t('From: {0}', view.source),
    vscode.l10n.t('To: {0}', view.destination),
    ...(names.length === 0 ? [] : [vscode.l10n.t('Options: {0}', names.join(', '))]),
    '',
    imagesLine(view),
    ...missingLines(view),
    ...(view.totals.bytesOnDisk === undefined
      ? [bytesLine(view), ...timeLine(view), ...view.tags.map(tagLine)]
      : [...diskLine(view), ...timeLine(view)]),
    ...view.warnings.map((warning) => vscode.l10n.t('Warning: {0}', warning)),
  ];
  return lines.join('\n');
}

/** Tags that exist with another digest and would be moved. */
export function movingTags(view: PlanSummary): readonly PlannedTag[] {
  return view.tags.filter(isMoving);
}

/** Maximum number of missing images to name. */
const MAX_MISSING = 5;

/** The images that will not be copied, because they are nowhere at the source. */
function missingLines({ missing }: PlanSummary): string[] {
  const more = missing.length - MAX_MISSING;
  return [
    ...missing
      .slice(0, MAX_MISSING)
      .map(({ reference }) => vscode.l10n.t('Missing at the source: {0}', printable(reference))),
    ...(more <= 0 ? [] : [vscode.l10n.t('Missing at the source: {0} more', more)]),
  ];
}

function imagesLine({ totals: { images, imagesToCopy }, missing }: PlanSummary): string {
  if (missing.length > 0) {
    const present = images - imagesToCopy;
    return vscode.l10n.t(
      'Images: {0} to copy, {1} already present, {2} missing',
      imagesToCopy,
      present,
      missing.length,
    );
  }
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

function tagLine({ name, digest, current, isIncomplete }: PlannedTag): string {
  if (isIncomplete) return vscode.l10n.t('Tag {0}: will not be set, because an image is missing', name);
  if (current === undefined) return vscode.l10n.t('Tag {0}: new', name);
  if (current === digest) return vscode.l10n.t('Tag {0}: unchanged', name);
  return vscode.l10n.t('Tag {0} will move: {1} → {2}', name, shortDigest(current), shortDigest(digest));
}
