import * as vscode from 'vscode';

import { RelocationContext } from '../../../contract/relocations.ts';
import { destinationText } from '../../../relocation/request/request.ts';
import { errorText } from '../../errors/error-text.ts';
import { shortDigest } from '../../text/formatting.ts';
import type { RelocationRecord } from '../list/record.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import { liveLine, timeText } from '../live-text.ts';
import { amountText, percentOf } from '../progress-text.ts';
import { rootTarget } from '../relocation-job.ts';
import type { CurrentImageNode } from './relocation-node.ts';
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
    accessibilityInformation: { label: accessibleLabel(record.name, stateText(relocation), description) },
  };
}

/** The icon shows the state only visually, so the label for screen readers names it, unless the description does. */
function accessibleLabel(name: string, state: string, description: string): string {
  return [name, ...(description.startsWith(state) ? [] : [state]), description].join(', ');
}

/** An image in transfer. */
export function currentImageItem({ image }: CurrentImageNode): vscode.TreeItem {
  const [name = '', digest = ''] = image.slice(image.lastIndexOf('/') + 1).split('@');
  return {
    label: name,
    description: shortDigest(digest),
    tooltip: image,
    iconPath: new vscode.ThemeIcon('arrow-right'),
    // Without this label, a screen reader would read the complete digest.
    accessibilityInformation: { label: `${name}, ${shortDigest(digest)}` },
    collapsibleState: None,
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

function contextOf({ record: { state, report, request }, isElsewhere }: RelocationSnapshot): string {
  if (isElsewhere) return RelocationContext.elsewhere;
  if (state !== 'finished' || report === undefined) return `${RelocationContext.relocation}.${state}`;
  const isPart = report.failed.length > 0 ? RelocationContext.partSuffix : '';
  const hasBundle = request.destination.kind === 'repository' && rootTarget(report) !== undefined;
  return `${RelocationContext.relocation}.${state}${isPart}${hasBundle ? RelocationContext.bundleSuffix : ''}`;
}
