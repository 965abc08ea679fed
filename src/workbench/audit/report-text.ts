import * as vscode from 'vscode';

import { explain } from '../../audit/finding.ts';
import type { AuditFinding } from '../../audit/finding.ts';
import type { AuditedImage, AuditReport, AuditStatus } from '../../audit/report.ts';
import { printable } from '../../base/printable.ts';
import type { ActionText } from '../view/document-actions.ts';
import { imageActions, reportActions } from './report-actions.ts';
import { errorText } from '../errors/error-text.ts';
import { subsetLines } from '../text/subset-text.ts';
import { wrapLine } from '../text/formatting.ts';

/** Maximum width of prose in characters; references are never broken. */
const WIDTH = 96;

/**
 * Formats an audit report as a document: the result first, then the problems, then the images that are in the registry.
 * Above each problem it offers what fixes it.
 * @param context the cluster that pulls, if there is one: then it matters who needs an image
 */
export function auditReportText(
  name: string,
  report: AuditReport,
  when: Date,
  { context }: { readonly context?: string } = {},
): ActionText {
  const isOfCluster = context !== undefined;
  const { target, inside, images, problems, notChecked, subset } = report;
  const outside = images.filter(({ status }) => status !== 'inside');
  const right = images.filter(({ status }) => status === 'inside');
  const lines = [
    auditHeadline(report),
    '',
    vscode.l10n.t('Audit of:  {0}', printable(name)),
    ...(target === name || isOfCluster ? [] : [vscode.l10n.t('Bundle:    {0}', printable(target))]),
    vscode.l10n.t(
      'Inside:    {0}',
      inside.length === 0 ? vscode.l10n.t('nothing') : inside.map((each) => printable(each)).join(', '),
    ),
    vscode.l10n.t('Time:      {0}', when.toLocaleString()),
    ...(subset === undefined ? [] : ['', ...subsetLines(subset)]),
  ];
  const actions = [...reportActions(report, 0)];
  for (const image of outside) {
    lines.push('');
    actions.push(...imageActions(image, context, lines.length));
    lines.push(...wrongImage(image));
  }
  lines.push(
    ...problems.flatMap((problem) => ['', vscode.l10n.t('PROBLEM'), ...indented(findingLines(problem))]),
    ...notChecked.flatMap((left) => ['', vscode.l10n.t('NOT CHECKED'), ...indented(findingLines(left))]),
    ...(right.length === 0 ? [] : ['', vscode.l10n.t('INSIDE ({0})', right.length)]),
    ...right.flatMap((image) => rightImage(image, isOfCluster)),
    '',
  );
  return { text: lines.join('\n'), actions };
}

export function auditHeadline({ isInside, isComplete, totals, problems, notChecked }: AuditReport): string {
  if (isInside && isComplete) {
    if (totals.images === 1) return vscode.l10n.t('The image is in the air-gapped registry.');
    return vscode.l10n.t('All {0} images are in the air-gapped registry.', totals.images);
  }
  if (isInside) {
    const [images, left] = [totals.images, notChecked.length];
    return images === 1
      ? vscode.l10n.t('The image that was found is inside; not checked: {0}', left)
      : vscode.l10n.t('The {0} images that were found are inside; not checked: {1}', images, left);
  }
  const wrong = totals.images - totals.inside;
  if (wrong === 0)
    return vscode.l10n.t('Could not confirm that all images are in the registry (problems: {0}).', problems.length);
  return totals.images === 1
    ? vscode.l10n.t('The image would be pulled from outside or is missing.')
    : vscode.l10n.t('{0} of {1} images would be pulled from outside or are missing.', wrong, totals.images);
}

/** The result as a short mark for a tree item. */
export function auditMark({ isInside, isComplete, totals, problems, notChecked }: AuditReport): string {
  if (isInside && !isComplete) {
    return vscode.l10n.t('audit: {0} inside, {1} not checked', totals.images, notChecked.length);
  }
  if (isInside) return vscode.l10n.t('audit: all {0} inside', totals.images);
  const wrong = totals.images - totals.inside;
  return wrong === 0
    ? vscode.l10n.t('audit: problems: {0}', problems.length)
    : vscode.l10n.t('audit: {0} of {1} not inside', wrong, totals.images);
}

export function findingLines(finding: AuditFinding): string[] {
  const { message, remedy } = errorText(explain(finding));
  return [message, ...(remedy === undefined ? [] : [vscode.l10n.t('What to do: {0}', remedy)])];
}

function wrongImage(image: AuditedImage): string[] {
  const { status, reference, origin, neededBy, neededByMore, finding } = image;
  return [
    statusName(status),
    `  ${printable(reference)}`,
    ...(origin === reference ? [] : [`  ${vscode.l10n.t('referenced as: {0}', printable(origin))}`]),
    ...neededBy.map((each) => `  ${vscode.l10n.t('needed by: {0}', printable(each))}`),
    ...(neededByMore === undefined ? [] : [`  ${vscode.l10n.t('and by {0} more', neededByMore)}`]),
    ...pullLines(image).map((line) => `  ${line}`),
    ...(finding === undefined ? [] : indented(reasonLines(finding, reference))),
  ];
}

/** Leaves out the reference, which is on the line above. */
function reasonLines(finding: AuditFinding, reference: string): string[] {
  return findingLines(finding).map((line) => line.replace(`: ${printable(reference)}`, '.'));
}

function indented(lines: readonly string[]): string[] {
  return lines.flatMap((line) => wrapLine(`  ${line}`, WIDTH));
}

/** How a cluster pulls it. */
function pullLines({ pullPolicies = [], pullSecrets = [] }: AuditedImage): string[] {
  return [
    ...(pullPolicies.length === 0 ? [] : [vscode.l10n.t('pull policy: {0}', pullPolicies.join(', '))]),
    ...(pullSecrets.length === 0 ? [] : [vscode.l10n.t('pull secret: {0}', printable(pullSecrets.join(', ')))]),
  ];
}

function rightImage(image: AuditedImage, isOfCluster: boolean): string[] {
  const { kind, reference, origin, neededBy, neededByMore = 0 } = image;
  const [first = '', ...others] = neededBy;
  const more = others.length + neededByMore;
  const users = [
    vscode.l10n.t('needed by: {0}', printable(first)),
    ...(more === 0 ? [] : [vscode.l10n.t('and by {0} more', more)]),
    ...pullLines(image),
  ];
  return [
    `  ${printable(reference)} (${kind ?? ''})`,
    ...(origin === reference ? [] : [`    ${vscode.l10n.t('referenced as: {0}', printable(origin))}`]),
    ...(isOfCluster ? users.map((line) => `    ${line}`) : []),
    ...(image.finding === undefined ? [] : indented(reasonLines(image.finding, reference)).map((line) => `  ${line}`)),
  ];
}

function statusName(status: AuditStatus): string {
  const names = {
    inside: vscode.l10n.t('INSIDE'),
    missing: vscode.l10n.t('MISSING'),
    outside: vscode.l10n.t('OUTSIDE'),
    unauthenticated: vscode.l10n.t('NO CREDENTIALS'),
    unknown: vscode.l10n.t('UNKNOWN'),
  };
  return names[status];
}
