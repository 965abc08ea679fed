import * as vscode from 'vscode';

import { formatBytes } from '../../../base/format.ts';
import { RelocationCommand, RelocationContext } from '../../../contract/relocations.ts';
import type { RelocationReport } from '../../../relocation/report/report.ts';
import { destinationText } from '../../../relocation/request/request.ts';
import { artifactName } from '../../registries/artifact-presentation.ts';
import { errorText } from '../../errors/error-text.ts';
import { shortDigest, withoutIcons } from '../../text/formatting.ts';
import { isActive } from '../list/record.ts';
import type { RelocationRecord } from '../list/record.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import { liveLine, timeText } from '../live-text.ts';
import { amountText, percentOf } from '../progress-text.ts';
import { hasPackages, rootImage } from '../relocation-job.ts';
import { imageStateIcon, imageStateText, partStateIcon, partStateText } from './relocation-state.ts';
import type { ImageRowNode, MoreImagesNode, PartRowNode } from './relocation-node.ts';
import { relocationIcon, stateText } from './relocation-state.ts';

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

/** The tree item of a relocation without its tooltip, which is created on demand. */
export function relocationItem(relocation: RelocationSnapshot): vscode.TreeItem {
  const { record, live } = relocation;
  const description = descriptionOf(relocation);
  return {
    id: record.id,
    label: record.name,
    description,
    iconPath: relocationIcon(relocation),
    contextValue: contextOf(relocation),
    collapsibleState: live?.phase === 'copy' ? Collapsed : None,
    ...(isActive(record.state) ? {} : { command: showReport(record.id) }),
    accessibilityInformation: { label: accessibleLabel(record.name, stateText(relocation), description) },
  };
}

/** The icon shows the state only visually, so the label for screen readers names it, unless the description does. */
function accessibleLabel(name: string, state: string, description: string): string {
  return [name, ...(description.startsWith(state) ? [] : [state]), description].join(', ');
}

/** An image of a running relocation. */
export function imageRowItem({ id, image, state }: ImageRowNode): vscode.TreeItem {
  const { reference, digest, kind, bytes } = image;
  const [place = ''] = reference.split('@');
  const name = withoutIcons(place.slice(place.lastIndexOf('/') + 1));
  const description = [imageStateText(state), artifactName(kind), shortDigest(digest), formatBytes(bytes)].join(' · ');
  return {
    id,
    label: name,
    description,
    tooltip: reference,
    iconPath: imageStateIcon(state),
    // Without this label, a screen reader would read the complete digest.
    accessibilityInformation: { label: `${name}, ${description}` },
    collapsibleState: None,
  };
}

/** A part of a Job: its last one writes what the others have copied the blobs for. */
export function partRowItem({ id, part: { index, state, pod, problem }, of }: PartRowNode): vscode.TreeItem {
  const number = vscode.l10n.t('Part {0} of {1}', index + 1, of);
  const label = index + 1 === of ? vscode.l10n.t('{0}: manifests and tags', number) : number;
  const description = [
    partStateText(state),
    ...(problem === undefined ? [] : [problem]),
    ...(pod === undefined ? [] : [pod]),
  ]
    .map(withoutIcons)
    .join(' · ');
  return {
    id,
    label,
    description,
    tooltip: `${label}\n${description}`,
    iconPath: partStateIcon(state),
    accessibilityInformation: { label: `${label}, ${description}` },
    collapsibleState: None,
  };
}

export function moreImagesItem({ id, more }: MoreImagesNode): vscode.TreeItem {
  return { id, label: vscode.l10n.t('More images: {0}', more), collapsibleState: None };
}

function showReport(id: string): vscode.Command {
  return {
    command: RelocationCommand.showReport,
    title: vscode.l10n.t('Show Report'),
    arguments: [{ relocation: id }],
  };
}

function descriptionOf(relocation: RelocationSnapshot): string {
  const { record, live, isElsewhere } = relocation;
  const { state, error, until } = record;
  if (isElsewhere) return [...progressOf(record), vscode.l10n.t('in another window')].join(' · ');
  if (state === 'running' && live !== undefined) {
    const { cluster } = record;
    return [liveLine(relocation), ...(cluster === undefined ? [] : [vscode.l10n.t('in {0}', cluster.context)])].join(
      ' · ',
    );
  }
  if (state === 'delayed' && until !== undefined) {
    return [...progressOf(record), vscode.l10n.t('resumes at {0}', timeText(until))].join(' · ');
  }
  if (state === 'failed') return [error === undefined ? stateText(relocation) : errorText(error).message].join('');
  if (state === 'finished') return endOf(relocation);
  const wait =
    until === undefined || until < Date.now()
      ? []
      : [vscode.l10n.t('the registry asked to wait until {0}', timeText(until))];
  return [stateText(relocation), ...wait, ...progressOf(record)].join(' · ');
}

function endOf({ record: { report, request, changedAt } }: RelocationSnapshot): string {
  const failed = report?.failed.length ?? 0;
  // The time comes first because a narrow view cuts off the end, and it distinguishes repeated runs.
  return [
    ...(failed === 0 ? [] : [vscode.l10n.t('failed images: {0}', failed)]),
    ...(report === undefined || report.tagsNotSet.length === 0
      ? []
      : [vscode.l10n.t('tag {0} not set', report.tagsNotSet.join(', '))]),
    timeText(changedAt),
    vscode.l10n.t('to {0}', destinationText(request.destination)),
  ].join(' · ');
}

function progressOf({ figures }: RelocationRecord): string[] {
  return figures === undefined || figures.bytesTotal === 0 ? [] : [`${percentOf(figures)} %`, amountText(figures)];
}

function contextOf({ record: { state, report, cluster }, isElsewhere }: RelocationSnapshot): string {
  if (isElsewhere) return RelocationContext.elsewhere;
  const job = cluster === undefined ? '' : RelocationContext.jobSuffix;
  if (state !== 'finished' || report === undefined) return `${RelocationContext.relocation}.${state}${job}`;
  const receipt = report.receipt === undefined ? '' : RelocationContext.receiptSuffix;
  const isPart = report.failed.length > 0 ? RelocationContext.partSuffix : '';
  return [`${RelocationContext.relocation}.${state}${isPart}`, ...imageSuffixes(report), job, receipt].join('');
}

function imageSuffixes(report: RelocationReport): string[] {
  if (rootImage(report) === undefined) return [];
  return [
    RelocationContext.imageSuffix,
    ...(report.root?.isBundle === true ? [RelocationContext.bundleSuffix] : []),
    ...(hasPackages(report) ? [RelocationContext.packagesSuffix] : []),
  ];
}
