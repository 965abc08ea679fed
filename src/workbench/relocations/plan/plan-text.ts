import * as vscode from 'vscode';

import { formatBytes, formatSeconds } from '../../../base/format.ts';
import { totalOf } from '../../../carvel/attachment-kind.ts';
import { printable } from '../../../base/printable.ts';
import type { ExportSigner } from '../../../relocation/archive/signed-export.ts';
import { combinePlans } from '../../../relocation/plan/combined-plan.ts';
import { isMoving } from '../../../relocation/plan/plan-summary.ts';
import type { PlannedTag, PlanSummary } from '../../../relocation/plan/plan-summary.ts';
import type { RelocationOptions } from '../../../relocation/request/request.ts';
import { countsText } from './ask-signatures.ts';
import { warningParts } from '../report/warning-text.ts';
import { shortDigest } from '../../text/formatting.ts';
import { subsetSummaryLines } from '../../text/subset-text.ts';
import { optionNames } from './option-picker.ts';

/** Describes a plan line by line for confirmation, with the options that were chosen. */
export function planText(view: PlanSummary, options: RelocationOptions = {}): string {
  const names = optionNames(options);
  const lines = [
    vscode.l10n.t('From: {0}', view.source),
    vscode.l10n.t('To: {0}', view.destination),
    ...(names.length === 0 ? [] : [vscode.l10n.t('Options: {0}', names.join(', '))]),
    ...(view.subset === undefined ? [] : subsetSummaryLines(view.subset)),
    ...(view.signer === undefined ? [] : [signerText(view.signer)]),
    '',
    imagesLine(view),
    ...missingLines(view),
    ...attachmentLines(view),
    ...policyLines(view),
    ...(view.totals.bytesOnDisk === undefined
      ? [bytesLine(view), ...timeLine(view), ...view.tags.map(tagLine)]
      : [...diskLine(view), ...timeLine(view)]),
    ...view.warnings.map((warning) => vscode.l10n.t('Warning: {0}', warningParts(warning).text)),
  ];
  return lines.join('\n');
}

/** Who signed an export, in one line. */
export function signerText({ name, by, isTrusted }: ExportSigner): string {
  const signer = printable(by === undefined ? name : `${name}, ${by}`);
  return isTrusted
    ? vscode.l10n.t('Export signed by {0}', signer)
    : vscode.l10n.t('Export signed by {0}, which is no key that you require', signer);
}

/** Maximum number of moving tags, and of relocations, in a question: a dialog does not scroll everywhere. */
const MAX_LINES = 5;

/** Describes the plans of several relocations: totals first, then the tags that move, then each in one line. */
export function plansText(plans: readonly { readonly name: string; readonly view: PlanSummary }[]): string {
  const views = plans.map(({ view }) => view);
  const moving = views.flatMap((view) => movingTags(view).map((tag) => movingLine(tag, view.destination)));
  const fresh = views
    .flatMap(({ tags }) => tags)
    .filter(({ current, isIncomplete }) => current === undefined && !isIncomplete).length;
  const warnings = views.flatMap((view) => view.warnings).length;
  const total = combinePlans(views);
  return [
    imagesLine(total),
    bytesLine(total),
    ...timeLine(total),
    ...(fresh === 0 ? [] : [vscode.l10n.t('New tags: {0}', fresh)]),
    ...missingLines({ missing: total.missing }),
    ...(warnings === 0 ? [] : [vscode.l10n.t('Warnings: {0}', warnings)]),
    ...(moving.length === 0 ? [] : ['', vscode.l10n.t('Tags that will move: {0}', moving.length), ...listed(moving)]),
    '',
    ...listed(plans.map(({ name, view }) => `${name} → ${view.destination}: ${effectText(view)}`)),
  ].join('\n');
}

/** The first lines of a list, and how many more there are. */
function listed(lines: readonly string[]): string[] {
  const left = lines.length - MAX_LINES;
  const shown = lines.slice(0, left === 1 ? lines.length : MAX_LINES).map((line) => `• ${line}`);
  return left > 1 ? [...shown, vscode.l10n.t('… and {0} more: see Show Plan', left)] : shown;
}

/** What a relocation would copy, in a few words. */
export function effectText({ totals: { imagesToCopy, bytesToCopy } }: PlanSummary): string {
  return imagesToCopy === 0 && bytesToCopy === 0
    ? vscode.l10n.t('already up to date')
    : vscode.l10n.t('{0} to copy, {1}', imagesToCopy, formatBytes(bytesToCopy));
}

export function movingLine({ name, digest, current }: PlannedTag, destination: string): string {
  const [from, to] = [shortDigest(current ?? ''), shortDigest(digest)];
  return vscode.l10n.t('Tag {0} of {1}: {2} → {3}', name, destination, from, to);
}

/** The sums of all plans in one line. */
export function totalText(views: readonly PlanSummary[]): string {
  const total = combinePlans(views);
  return [imagesLine(total), bytesLine(total), ...timeLine(total)].join(' · ');
}

/** Whether a registry already has everything, and the tags point to it. */
export function isUpToDate({ totals, tags, missing }: PlanSummary): boolean {
  const { imagesToCopy, bytesToCopy, bytesOnDisk } = totals;
  if (missing.length > 0) return false;
  const isTagged = tags.length > 0 && tags.every(({ current, digest }) => current === digest);
  return bytesOnDisk === undefined && imagesToCopy === 0 && bytesToCopy === 0 && isTagged;
}

/**
 * Whether a plan that checks everything at a registry found every layer there, and the tags point to it. Its images count
 * as to be copied, because their manifests are written again.
 */
export function isVerified({ totals, tags, missing }: PlanSummary): boolean {
  if (missing.length > 0) return false;
  const isTagged = tags.every(({ current, digest }) => current === digest);
  return totals.bytesOnDisk === undefined && totals.blobsToCopy === 0 && isTagged;
}

/** Tags that exist with another digest and would be moved. */
export function movingTags(view: PlanSummary): readonly PlannedTag[] {
  return view.tags.filter(isMoving);
}

/** What is signed, and what is copied with it; a warning says what stays behind. */
export function attachmentLines({ attachments }: Pick<PlanSummary, 'attachments'>): string[] {
  const { images, signed, carried } = attachments;
  return [
    ...(signed === 0 ? [] : [vscode.l10n.t('Signed: {0} of {1} images (not verified)', signed, images)]),
    ...(totalOf(carried) === 0 ? [] : [vscode.l10n.t('Copied along: {0}', countsText(carried))]),
  ];
}

/** What the policy says, and the first images that it does not admit. */
export function policyLines({ policy, images }: Pick<PlanSummary, 'policy' | 'images'>): string[] {
  if (policy === undefined) return [];
  const { judged, refused } = policy;
  const lines = images
    .filter(({ verdict }) => verdict?.admitted === false)
    .map(({ reference, digest, verdict }) => {
      const [place = reference] = reference.split('@');
      return printable(`${place} (${shortDigest(digest)}): ${verdict?.reasons.join('; ')}`);
    });
  return [vscode.l10n.t('Policy: {0} of {1} images admitted', judged - refused, judged), ...listed(lines)];
}

/** Whether the policy forbids a relocation. */
export function isRefused({ policy }: PlanSummary): boolean {
  return policy?.mode === 'enforce' && policy.refused > 0;
}

/** Maximum number of missing images to name. */
const MAX_MISSING = 5;

/** The images that will not be copied, because they are nowhere at the source. */
function missingLines({ missing }: Pick<PlanSummary, 'missing'>): string[] {
  const more = missing.length - MAX_MISSING;
  return [
    ...missing
      .slice(0, MAX_MISSING)
      .map(({ reference }) => vscode.l10n.t('Missing at the source: {0}', printable(reference))),
    ...(more <= 0 ? [] : [vscode.l10n.t('Missing at the source: {0} more', more)]),
  ];
}

function imagesLine({ totals: { images, imagesToCopy }, missing }: Pick<PlanSummary, 'totals' | 'missing'>): string {
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

function bytesLine({ totals: { bytesToCopy, bytes }, exact }: Pick<PlanSummary, 'totals' | 'exact'>): string {
  const [copy, all] = [formatBytes(bytesToCopy), formatBytes(bytes)];
  if (bytesToCopy === 0) return vscode.l10n.t('Data: nothing to copy');
  if (!exact) return vscode.l10n.t('Data: up to {0} to copy of {1}', copy, all);
  return bytesToCopy === bytes
    ? vscode.l10n.t('Data: {0} to copy', copy)
    : vscode.l10n.t('Data: {0} to copy of {1}', copy, all);
}

function diskLine({ totals: { bytesOnDisk, bytesInFull } }: PlanSummary): string[] {
  if (bytesOnDisk === undefined) return [];
  const size = formatBytes(bytesOnDisk);
  if (bytesInFull === undefined) return [vscode.l10n.t('On disk: {0}', size)];
  return [vscode.l10n.t('On disk: {0} ({1} without the base)', size, formatBytes(bytesInFull))];
}

function timeLine({ totals: { secondsExpected } }: Pick<PlanSummary, 'totals'>): string[] {
  if (secondsExpected === undefined) return [];
  return [vscode.l10n.t('Estimated time: {0}', formatSeconds(Math.max(1, secondsExpected)))];
}

function tagLine({ name, digest, current, isIncomplete }: PlannedTag): string {
  if (isIncomplete) return vscode.l10n.t('Tag {0}: will not be set, because an image is missing', name);
  if (current === undefined) return vscode.l10n.t('Tag {0}: new', name);
  if (current === digest) return vscode.l10n.t('Tag {0}: unchanged', name);
  return vscode.l10n.t('Tag {0} will move: {1} → {2}', name, shortDigest(current), shortDigest(digest));
}
