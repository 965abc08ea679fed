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
import { imageStateIcon, imageStateText } from './relocation-state.ts';
import type { ImageRowNode, MoreImagesNode } from './relocation-node.ts';
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
  if (state === 'running' && live !== undefined) return liveLine(relocation);
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

function contextOf({ record: { state, report }, isElsewhere }: RelocationSnapshot): string {
  if (isElsewhere) return RelocationContext.elsewhere;
  if (state !== 'finished' || report === undefined) return `${RelocationContext.relocation}.${state}`;
  const receipt = report.receipt === undefined ? '' : RelocationContext.receiptSuffix;
  const isPart = report.failed.length > 0 ? RelocationContext.partSuffix : '';
  return [`${RelocationContext.relocation}.${state}${isPart}`, ...imageSuffixes(report), receipt].join('');
}

function imageSuffixes(report: RelocationReport): string[] {
  if (rootImage(report) === undefined) return [];
  return [
    RelocationContext.imageSuffix,
    ...(report.root?.isBundle === true ? [RelocationContext.bundleSuffix] : []),
    ...(hasPackages(report) ? [RelocationContext.packagesSuffix] : []),
  ];
}
