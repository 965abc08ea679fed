import * as vscode from 'vscode';

import { formatSeconds } from '../../../base/format.ts';
import { printable } from '../../../base/printable.ts';
import { destinationText, sourceText } from '../../../relocation/request.ts';
import { errorSentences } from '../../errors/error-text.ts';
import type { RelocationSnapshot } from '../list/relocation.ts';
import { liveText, timeText } from '../live-text.ts';
import { optionNames } from '../option-names.ts';
import { amountText } from '../progress-text.ts';
import { stateText } from './relocation-state.ts';

/** What there is to know of a relocation, line by line. */
export function relocationHover(relocation: RelocationSnapshot): string {
  const { record, live } = relocation;
  const { request, origin, startedAt, changedAt, figures, error, report, until } = record;
  const options = optionNames(request.options ?? {});
  const hasBytes = figures !== undefined && figures.bytesTotal > 0;
  return [
    `${record.name}: ${stateText(relocation)}`,
    vscode.l10n.t('From: {0}', printable(sourceText(request.source))),
    vscode.l10n.t('To: {0}', printable(destinationText(request.destination))),
    ...(options.length === 0 ? [] : [vscode.l10n.t('Options: {0}', options.join(', '))]),
    ...(hasBytes ? [vscode.l10n.t('Data: {0}', amountText(figures))] : []),
    ...(figures === undefined ? [] : [vscode.l10n.t('Images: {0} of {1}', figures.imagesDone, figures.imagesTotal)]),
    ...(live?.phase === undefined ? [] : [liveText(relocation)]),
    origin === 'task'
      ? vscode.l10n.t('Started by a task: {0}', timeText(startedAt))
      : vscode.l10n.t('Started: {0}', timeText(startedAt)),
    ...(report === undefined
      ? []
      : [vscode.l10n.t('Ended: {0}, after {1}', timeText(changedAt), formatSeconds(report.seconds))]),
    ...(until === undefined ? [] : [vscode.l10n.t('A registry asked to wait until {0}.', timeText(until))]),
    ...(error === undefined ? [] : ['', errorSentences(error)]),
  ].join('\n');
}
