import * as vscode from 'vscode';

import { isAbort } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { RelocationEngine } from '../../relocation/engine.ts';
import type { RelocationEvent } from '../../relocation/events.ts';
import type { RelocationReport } from '../../relocation/report.ts';
import { destinationText, sourceText } from '../../relocation/request.ts';
import type { RelocationRequest } from '../../relocation/request.ts';
import { errorText } from '../errors/error-text.ts';
import { movingTags, planText } from '../relocations/plan-text.ts';
import { phaseText, progressText } from '../relocations/progress-text.ts';
import { exportText, partText, reportText } from '../relocations/report-text.ts';

/** Back to the beginning of the line, which is cleared (ECMA-48: EL). */
const SAME_LINE = '\r\u001b[K';

export interface TerminalOptions {
  readonly engine: Pick<RelocationEngine, 'plan'>;
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string;
  /** @throws workbench.task-invalid */
  readonly request: () => RelocationRequest;
  readonly relocated: (request: RelocationRequest) => void;
}

/** The terminal of a relocation that a task does: it says what happens, and ends with 0 or 1. Closed, it cancels. */
export class RelocationTerminal implements vscode.Pseudoterminal {
  readonly onDidWrite: vscode.Event<string>;
  readonly onDidClose: vscode.Event<number>;
  readonly #writes = new vscode.EventEmitter<string>();
  readonly #closes = new vscode.EventEmitter<number>();
  readonly #options: TerminalOptions;
  readonly #abort = new AbortController();
  /** The cursor is in a line that shows progress. */
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

  /** Ctrl+C, as in any terminal. */
  handleInput(data: string): void {
    if (data === '\u0003') this.#abort.abort();
  }

  async #run(): Promise<number> {
    try {
      const request = this.#options.request();
      const report = await this.#relocate(request);
      const isWhole = report.failed.length === 0;
      const whole = request.destination.kind === 'archive' ? exportText : reportText;
      this.#line(isWhole ? whole : partText, request, report);
      for (const { reference, reason } of report.failed) {
        this.#write(vscode.l10n.t('Not copied: {0}: {1}', reference, reason));
      }
      for (const warning of report.warnings) this.#write(vscode.l10n.t('Warning: {0}', warning));
      this.#options.relocated(request);
      return isWhole ? 0 : 1;
    } catch (error) {
      if (isAbort(error)) this.#write(vscode.l10n.t('Cancelled.'));
      else {
        const { message, remedy } = errorText(error);
        this.#write(vscode.l10n.t('Error: {0}', message));
        if (remedy !== undefined) this.#write(remedy);
      }
      return 1;
    }
  }

  async #relocate(request: RelocationRequest): Promise<RelocationReport> {
    const { signal } = this.#abort;
    const onEvent = (event: RelocationEvent): void => this.#tell(event);
    const planned = await this.#options.engine.plan(request, { depth: 'show', signal, onEvent });
    this.#write(planText(planned.view));
    const moving = movingTags(planned.view).map(({ name }) => name);
    if (moving.length > 0) this.#write(vscode.l10n.t('Warning: tags that move: {0}', moving.join(', ')));
    return planned.run({ signal, onEvent });
  }

  #line(
    text: (name: string, report: RelocationReport) => string,
    { source, destination }: RelocationRequest,
    report: RelocationReport,
  ): void {
    this.#write(text(sourceText(source), { ...report, destination: destinationText(destination), warnings: [] }));
  }

  #tell(event: RelocationEvent): void {
    if (event.type === 'phase') this.#write(phaseText(event.phase));
    else if (event.type === 'progress' && event.progress.phase === 'copy') {
      this.#writes.fire(SAME_LINE + progressText(event.progress));
      this.#inProgress = true;
    }
  }

  /** What registries say moves no cursor and changes no title: control characters are shown as text. */
  #write(text: string): void {
    const lines = this.#options.hide(text).split('\n');
    const start = this.#inProgress ? '\r\n' : '';
    this.#inProgress = false;
    this.#writes.fire(`${start}${lines.map((line) => `${printable(line, LINE_LIMIT)}\r\n`).join('')}`);
  }
}

/** Characters. */
const LINE_LIMIT = 2000;
