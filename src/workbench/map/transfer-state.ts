import * as vscode from 'vscode';

import { formatBytes } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import { MapCommand } from '../../contract/map.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import { NO_TRANSFER } from '../../map/transfer-history.ts';
import type {
  ShownBlob,
  TransferBreak,
  TransferPage,
  TransferState,
  TransferTexts,
} from '../../map/transfer-messages.ts';
import type { BlobTransfer } from '../../relocation/events.ts';
import { destinationText, sourceText } from '../../relocation/request/request.ts';
import { elapsedAt } from '../relocations/list/record-changes.ts';
import { isActive, isResumable } from '../relocations/list/record.ts';
import type { AttemptNote, RelocationRecord } from '../relocations/list/record.ts';
import type { RelocationSnapshot } from '../relocations/list/relocation-attempt.ts';
import { liveLine, timeText } from '../relocations/live-text.ts';
import { percentOf } from '../relocations/progress-text.ts';
import { endText, stateText } from '../relocations/view/relocation-state.ts';
import { bandwidthLimitMib } from '../settings/transfer-settings.ts';
import { shortDigest } from '../text/formatting.ts';

export function transferPage({ name, request }: RelocationRecord): TransferPage {
  const summary = `${sourceText(request.source)} → ${destinationText(request.destination)}`;
  return { title: printable(name), summary: printable(summary, 1000), texts: transferTexts() };
}

/** What the page of a relocation shows now. */
export function transferState(relocation: RelocationSnapshot, now = Date.now()): TransferState {
  const { record, live } = relocation;
  const { attempts, transfer: history = NO_TRANSFER } = record;
  const isRunning = isActive(record.state);
  const { active = [], waiting = [] } = live?.transfers ?? {};
  const limit = bandwidthLimitMib();
  return {
    status: statusOf(relocation, now),
    announced: announcementOf(relocation),
    isRunning,
    elapsed: elapsedAt(attempts, live === undefined ? (attempts.at(-1)?.lastAt ?? 0) : now),
    history,
    breaks: breaksOf(attempts),
    active: active.map(shownBlob),
    waiting: waiting.map(shownBlob),
    waitingText: waitingText(relocation),
    ...(limit === undefined ? {} : { limit }),
    actions: actionsFor(relocation).map(({ command, title }) => ({ id: command, title })),
  };
}

/** What can be done about a relocation, in the order of its buttons. */
export function actionsFor({ record, live }: RelocationSnapshot): vscode.Command[] {
  const { id, state, report } = record;
  const on = (command: string, title: string): vscode.Command => ({ command, title, arguments: [{ relocation: id }] });
  return [
    ...(live === undefined
      ? []
      : [on(RelocationCommand.pause, vscode.l10n.t('Pause')), on(RelocationCommand.cancel, vscode.l10n.t('Cancel'))]),
    ...(isResumable(state)
      ? [
          on(RelocationCommand.resume, vscode.l10n.t('Resume')),
          on(RelocationCommand.discard, vscode.l10n.t('Discard…')),
        ]
      : []),
    ...(report === undefined && (live?.images.length ?? 0) === 0
      ? []
      : [on(MapCommand.showMap, vscode.l10n.t('Show Map'))]),
    ...(report === undefined && state !== 'failed'
      ? []
      : [on(RelocationCommand.showReport, vscode.l10n.t('Show Report'))]),
    { command: RelocationCommand.showLog, title: vscode.l10n.t('Show Log') },
  ];
}

function statusOf(relocation: RelocationSnapshot, now: number): string {
  const { record, live } = relocation;
  const state = stateText(relocation);
  if (record.state === 'running' && live !== undefined) return `${state} · ${liveLine(relocation, now)}`;
  const { figures } = record;
  const percent = figures === undefined || record.state === 'finished' ? [] : [`${percentOf(figures)} %`];
  return [state, ...percent, timeText(record.changedAt)].join(' · ');
}

/** Changes with the state, and with each quarter of the progress. */
function announcementOf(relocation: RelocationSnapshot): string {
  const { figures, state } = relocation.record;
  const text = stateText(relocation);
  if (figures === undefined || state !== 'running') return text;
  return `${text}, ${Math.floor(percentOf(figures) / 25) * 25} %`;
}

function breaksOf(attempts: readonly AttemptNote[]): TransferBreak[] {
  return attempts.slice(1).map(({ startedAt }, index) => {
    const { lastAt = startedAt, end = 'interrupted' } = attempts[index] ?? {};
    const text = vscode.l10n.t('{0} at {1}, continued at {2}', endText(end), timeText(lastAt), timeText(startedAt));
    return { at: elapsedAt(attempts.slice(0, index + 1), lastAt), text };
  });
}

function shownBlob({ digest, image, size, done }: BlobTransfer): ShownBlob {
  const [place = ''] = image.split('@');
  return { name: printable(place, 200), digest: shortDigest(digest), size, done };
}

function waitingText({ live, isElsewhere }: RelocationSnapshot): string {
  if (isElsewhere) return vscode.l10n.t('The window that runs the relocation shows which blobs are in transit.');
  const { blobs = 0, bytes = 0 } = live?.waiting ?? {};
  return blobs === 0 ? vscode.l10n.t('None') : vscode.l10n.t('Blobs: {0}, {1}', blobs, formatBytes(bytes));
}

function transferTexts(): TransferTexts {
  return {
    throughput: vscode.l10n.t('Throughput'),
    read: vscode.l10n.t('Read from the source'),
    sent: vscode.l10n.t('Sent to the destination'),
    rate: vscode.l10n.t('{0}/s', '{0}'),
    running: vscode.l10n.t('{0}; {1} in all, {2} on average', '{0}', '{1}', '{2}'),
    ended: vscode.l10n.t('{0} in all, {1} on average', '{0}', '{1}'),
    chart: vscode.l10n.t('Throughput over {0}, up to {1}. The table below has the values.', '{0}', '{1}'),
    table: vscode.l10n.t('Throughput as a table'),
    time: vscode.l10n.t('Time'),
    limit: vscode.l10n.t('Bandwidth limit'),
    limitHint: vscode.l10n.t('For all relocations, as in the settings. It takes effect at once.'),
    limitValue: vscode.l10n.t('{0} MiB/s', '{0}'),
    noLimit: vscode.l10n.t('No limit'),
    inTransit: vscode.l10n.t('In transit'),
    nothingInTransit: vscode.l10n.t('Nothing is in transit.'),
    waiting: vscode.l10n.t('Waiting'),
    blob: vscode.l10n.t('Blob'),
    image: vscode.l10n.t('Image'),
    size: vscode.l10n.t('Size'),
    progress: vscode.l10n.t('Progress'),
    events: vscode.l10n.t('Retries and pauses'),
    noEvents: vscode.l10n.t('None'),
    retry: vscode.l10n.t('Request retried'),
    wait: vscode.l10n.t('Wait for a registry'),
    interruption: vscode.l10n.t('New attempt'),
    times: vscode.l10n.t('{0}×', '{0}'),
  };
}
