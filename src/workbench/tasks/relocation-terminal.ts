import { basename } from 'node:path';

import * as vscode from 'vscode';

import { abortError, isAbort, tryOrUndefined } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import { parseReference } from '../../oci/reference.ts';
import type { RelocationEngine } from '../../relocation/engine.ts';
import type { RelocationEvent } from '../../relocation/events.ts';
import { destinationText, sourceText } from '../../relocation/request/request.ts';
import type { RelocationRequest, RelocationSourceSpec } from '../../relocation/request/request.ts';
import { errorText } from '../errors/error-text.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import type { Outcome } from '../relocations/list/relocation-attempt.ts';
import type { Relocations } from '../relocations/list/relocations.ts';
import { movingTags, planText } from '../relocations/plan/plan-text.ts';
import { phaseText, progressText } from '../relocations/progress-text.ts';
import { imageName } from '../relocations/relocation-job.ts';
import type { RelocationJob } from '../relocations/relocation-job.ts';
import { reportText } from '../relocations/report/report-text.ts';

/** Returns to the beginning of the line and clears it (ECMA-48: EL). */
const CLEAR_LINE = '\r\u001b[K';

export interface TerminalOptions {
  readonly engine: Pick<RelocationEngine, 'plan'>;
  /** Removes secrets from a text. */
  readonly hide: (text: string) => string;
  /** @throws workbench.task-invalid */
  readonly request: () => RelocationRequest;
  /** The list that runs the relocation. */
  readonly relocations: TaskRelocations;
}

export type TaskRelocations = Pick<Relocations, 'start' | 'stop' | 'isUnderWay' | 'hasRoom'>;

/**
 * The terminal of a relocation task. It prints events and ends with exit code 0 or 1. Closing it cancels the relocation;
 * pausing or canceling the relocation in the view ends the task.
 */
export class RelocationTerminal implements vscode.Pseudoterminal {
  readonly onDidWrite: vscode.Event<string>;
  readonly onDidClose: vscode.Event<number>;
  readonly #writes = new vscode.EventEmitter<string>();
  readonly #closes = new vscode.EventEmitter<number>();
  readonly #options: TerminalOptions;
  readonly #abort = new AbortController();
  /** Whether the cursor is in a progress line. */
  #inProgress = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.onDidWrite = this.#writes.event;
    this.onDidClose = this.#closes.event;
  }

  open(): void {
    void this.#run().then((code) => this.#closes.fire(code));
  }

  close(): void {
    this.#abort.abort();
  }

  /** Ctrl+C cancels. */
  handleInput(data: string): void {
    if (data === '\u0003') this.#abort.abort();
  }

  async #run(): Promise<number> {
    try {
      const request = this.#options.request();
      const outcome = await this.#relocate(request);
      if (outcome.kind === 'failed' || outcome.kind === 'interrupted') throw outcome.error;
      if (outcome.kind === 'stopped' && outcome.as === 'paused') {
        this.#write(vscode.l10n.t('Paused. It can be resumed in the Relocations view.'));
        return 1;
      }
      if (outcome.kind === 'stopped') throw abortError();
      const { report } = outcome;
      const destination = destinationText(request.destination);
      this.#write(reportText(sourceText(request.source), request, { ...report, destination, warnings: [] }));
      for (const { reference, reason } of report.failed) {
        this.#write(vscode.l10n.t('Failed: {0}: {1}', reference, reason));
      }
      for (const warning of report.warnings) this.#write(vscode.l10n.t('Warning: {0}', warning));
      return report.failed.length === 0 ? 0 : 1;
    } catch (error) {
      if (isAbort(error)) this.#write(vscode.l10n.t('Canceled.'));
      else {
        const { message, remedy } = errorText(error);
        this.#write(vscode.l10n.t('Error: {0}', message));
        if (remedy !== undefined) this.#write(remedy);
      }
      return 1;
    }
  }

  async #relocate(request: RelocationRequest): Promise<Outcome> {
    const { engine, relocations } = this.#options;
    const { signal } = this.#abort;
    const onEvent = (event: RelocationEvent): void => this.#writeEvent(event);
    const job = jobOfTask(request);
    if (relocations.isUnderWay(job)) {
      throw workbenchError('relocation-under-way', {
        name: job.name,
        destination: destinationText(request.destination),
      });
    }
    const planned = await engine.plan(request, { depth: 'ask', signal, onEvent });
    this.#write(planText(planned.view, request.options));
    const moving = movingTags(planned.view).map(({ name }) => name);
    if (moving.length > 0) this.#write(vscode.l10n.t('Warning: tags that move: {0}', moving.join(', ')));
    if (!relocations.hasRoom) this.#write(vscode.l10n.t('Queued behind other relocations.'));
    return new Promise((ended, failed) => {
      relocations.start(job, planned, { onEvent, ended }).then((id) => {
        const stop = (): void => relocations.stop(id, 'cancelled');
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      }, failed);
    });
  }

  #writeEvent(event: RelocationEvent): void {
    if (event.type === 'phase') this.#write(phaseText(event.phase));
    else if (event.type === 'scan') {
      const { image, exitCode, output } = event;
      if (exitCode === 0) this.#write(vscode.l10n.t('Accepted by the scanner: {0}', image));
      else this.#write(`${vscode.l10n.t('Refused by the scanner: {0}, exit code {1}', image, exitCode)}\n${output}`);
    } else if (event.type === 'progress' && event.progress.phase === 'copy') {
      this.#writes.fire(CLEAR_LINE + progressText(event.progress));
      this.#inProgress = true;
    }
  }

  /** Control characters are escaped, so that text from registries cannot control the terminal. */
  #write(text: string): void {
    const lines = this.#options.hide(text).split('\n');
    const start = this.#inProgress ? '\r\n' : '';
    this.#inProgress = false;
    this.#writes.fire(`${start}${lines.map((line) => `${printable(line, MAX_LINE_LENGTH)}\r\n`).join('')}`);
  }
}

/** Maximum length of a line in characters. */
const MAX_LINE_LENGTH = 2000;

/** Describes a task as the list of relocations shows it. */
function jobOfTask(request: RelocationRequest): RelocationJob {
  return { name: nameOf(request.source), request, origin: 'task' };
}

function nameOf(source: RelocationSourceSpec): string {
  if (!('reference' in source)) return basename(source.path);
  const place = tryOrUndefined(() => parseReference(source.reference));
  // An invalid reference is reported by the planner.
  return place === undefined ? source.reference : imageName(place);
}
