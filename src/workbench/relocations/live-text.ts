import * as vscode from 'vscode';

import { formatBytes, formatSeconds } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import type { MarkedEvent } from '../../relocation/events.ts';
import type { RelocationSnapshot } from './list/relocation-attempt.ts';
import { errorText } from '../errors/error-text.ts';
import { podProblem } from './pod-problem.ts';
import { retryError } from './list/relocation-attempt.ts';
import type { LiveRetry, LiveState } from './list/relocation-attempt.ts';
import { amountText, percentOf, phaseText, progressText } from './progress-text.ts';
import type { ShownProgress } from './progress-text.ts';

const NOTHING = { bytesDone: 0, bytesTotal: 0 };

/** The activity of a running relocation, in one line. */
export function liveText(relocation: RelocationSnapshot, now = Date.now()): string {
  return waitReason(relocation, now) ?? progressText(progressOf(relocation));
}

/** Like `liveText`, but for a narrow view: progress and remaining time come first. */
export function liveLine(relocation: RelocationSnapshot, now = Date.now()): string {
  const { figures } = relocation.record;
  if (figures === undefined || figures.bytesTotal === 0) return liveText(relocation, now);
  const percent = `${percentOf(figures)} %`;
  const reason = waitReason(relocation, now);
  const progress = progressOf(relocation);
  if (reason !== undefined) return `${percent} · ${reason}`;
  if (progress.phase !== 'copy') return `${percent} · ${phaseText(progress.phase)}`;
  const { bytesPerSecond, secondsLeft } = progress;
  return [
    percent,
    ...(secondsLeft === undefined ? [] : [vscode.l10n.t('{0} left', formatSeconds(secondsLeft))]),
    amountText(figures),
    ...partsText(relocation),
    ...(bytesPerSecond > 0 ? [vscode.l10n.t('{0}/s', formatBytes(bytesPerSecond))] : []),
  ].join(' · ');
}

/** Why nothing is being transferred. */
function waitReason({ record: { cluster }, live }: RelocationSnapshot, now: number): string | undefined {
  if (cluster !== undefined && live?.stopping === 'paused') return vscode.l10n.t('Suspending the Job…');
  if (cluster !== undefined && live?.stopping === 'cancelled') return vscode.l10n.t('Deleting the Job…');
  if (live?.stopping === 'paused') return vscode.l10n.t('Pausing when what is in transit has arrived…');
  if (live?.stopping === 'cancelled') return vscode.l10n.t('Canceling…');
  const [pause] = [...(live?.pauses ?? [])].filter(([, until]) => until > now);
  if (pause !== undefined) return vscode.l10n.t('{0} asked to wait until {1}', pause[0], timeText(pause[1]));
  if (live?.retry !== undefined) return retryText(live.retry, now);
  return live === undefined || cluster === undefined ? undefined : podsReason(live);
}

/** That no pod of a Job runs, and why. */
function podsReason(live: LiveState): string | undefined {
  const { phase, parts } = live;
  if (phase !== 'copy' || parts.some(({ state }) => state === 'running')) return undefined;
  if (parts.length > 0 && parts.every(({ state }) => state === 'done')) return undefined;
  const reason = podProblem(live);
  return reason === undefined
    ? vscode.l10n.t('Waiting for pods…')
    : vscode.l10n.t('Waiting for pods: {0}', printable(reason, 200));
}

/** How many parts of a Job are done. */
function partsText({ live }: RelocationSnapshot): string[] {
  const { parts = [] } = live ?? {};
  if (parts.length === 0) return [];
  return [vscode.l10n.t('{0} of {1} parts', parts.filter(({ state }) => state === 'done').length, parts.length)];
}

/** `Retry 12, next in 8 s: Could not connect to registry.example:5000: connection refused` */
function retryText({ attempt, until, error }: LiveRetry, now: number): string {
  const reason = printable(errorText(error).message, 200);
  const seconds = until === undefined ? 0 : Math.ceil((until - now) / 1000);
  return seconds > 0
    ? vscode.l10n.t('Retry {0}, next in {1}: {2}', attempt, formatSeconds(seconds), reason)
    : vscode.l10n.t('Retry {0}: {1}', attempt, reason);
}

/** Why a relocation waited, for the record of what it transferred. */
export function markText(event: MarkedEvent): string {
  if (event.type === 'pause') {
    return vscode.l10n.t('{0} asked to wait for {1}', printable(event.host, 100), formatSeconds(event.seconds));
  }
  return printable(errorText(retryError(event)).message, 250);
}

function progressOf({ record, live }: RelocationSnapshot): ShownProgress {
  const { phase = 'plan', bytesPerSecond = 0, secondsLeft } = live ?? {};
  return { ...(record.figures ?? NOTHING), phase, bytesPerSecond, secondsLeft };
}

/** Cached, because creating a format is the most expensive part of a redraw that uses it dozens of times. */
const formats = {
  hour: once(() => new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })),
  day: once(() => new Intl.DateTimeFormat()),
};

/** Formats a time, with the date unless it is today. */
export function timeText(time: number, now = Date.now()): string {
  const date = new Date(time);
  const isToday = date.toDateString() === new Date(now).toDateString();
  const hour = formats.hour().format(date);
  return isToday ? hour : `${formats.day().format(date)} ${hour}`;
}

function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | undefined;
  return () => (made ??= make());
}
