import * as vscode from 'vscode';

import { RelocationCommand, relocationsView } from '../../../contract/relocations.ts';
import { formatBytes } from '../../../base/format.ts';
import { runCommand } from '../../command-registry.ts';
import type { Outcome, RelocationObserver } from '../list/relocation-attempt.ts';
import { imagesOf } from '../../text/counts.ts';
import type { RelocationJob } from '../relocation-job.ts';

/** How one relocation of several ended. */
export interface EndedJob {
  readonly job: RelocationJob;
  readonly outcome: Outcome;
}

/** Collects the outcomes of relocations that were confirmed together. */
export class Batch {
  readonly #size: number;
  readonly #ended: EndedJob[] = [];
  readonly #complete: (ended: readonly EndedJob[]) => void;

  constructor(size: number, complete: (ended: readonly EndedJob[]) => void) {
    this.#size = size;
    this.#complete = complete;
  }

  observer(job: RelocationJob): RelocationObserver {
    return {
      onEvent: () => undefined,
      ended: (outcome) => {
        this.#ended.push({ job, outcome });
        if (this.#ended.length === this.#size) this.#complete(this.#ended);
      },
    };
  }
}

/** Describes the outcome of several relocations in one sentence. */
export function batchText(ended: readonly EndedJob[]): string {
  const reports = ended.flatMap(({ outcome }) => (outcome.kind === 'finished' ? [outcome.report] : []));
  const complete = reports.filter(({ failed }) => failed.length === 0);
  const sum = (of: (report: (typeof reports)[number]) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  const text = vscode.l10n.t(
    '{0} of {1} relocations complete: {2} copied, {3}.',
    complete.length,
    ended.length,
    imagesOf(
      sum(({ images }) => images.copied),
      sum(({ images }) => images.total),
    ),
    formatBytes(sum(({ bytes }) => bytes.copied)),
  );
  const stopped = ended.filter(({ outcome }) => outcome.kind === 'stopped' || outcome.kind === 'interrupted').length;
  return [
    text,
    ...(reports.length > complete.length
      ? [vscode.l10n.t('Relocations with failed images: {0}.', reports.length - complete.length)]
      : []),
    ...(stopped > 0 ? [vscode.l10n.t('Stopped: {0}.', stopped)] : []),
    ...(reports.some(({ warnings }) => warnings.length > 0) ? [vscode.l10n.t('The log has warnings.')] : []),
  ].join(' ');
}

/** Shows one notification for all of them; failures are reported elsewhere, with what mends them. */
export async function showBatch(ended: readonly EndedJob[]): Promise<void> {
  const isWhole = ended.every(({ outcome }) => outcome.kind === 'finished' && outcome.report.failed.length === 0);
  const show = vscode.l10n.t('Show Relocations');
  const log = vscode.l10n.t('Show Log');
  const notify = isWhole ? vscode.window.showInformationMessage : vscode.window.showWarningMessage;
  const answer = await notify(batchText(ended), show, log);
  if (answer === show) await vscode.commands.executeCommand(`${relocationsView}.focus`);
  if (answer === log) await runCommand(RelocationCommand.showLog);
}
