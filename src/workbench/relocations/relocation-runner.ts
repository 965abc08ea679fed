import * as vscode from 'vscode';

import type { PlannedRelocation, RelocationEngine } from '../../relocation/engine.ts';
import type { RelocationEvent } from '../../relocation/events.ts';
import type { RelocationReport } from '../../relocation/report.ts';
import { withProgress } from '../progress.ts';
import type { ProgressReport } from '../progress.ts';
import { withoutIcons } from '../text/plain.ts';
import { phaseText, progressText } from './progress-text.ts';
import type { RelocationJob } from './relocation-job.ts';

/** Plans and runs under a progress notification with a Cancel that works, and keeps the log. */
export class RelocationRunner {
  readonly #engine: RelocationEngine;
  readonly #log: vscode.LogOutputChannel;

  constructor(engine: RelocationEngine, log: vscode.LogOutputChannel) {
    this.#engine = engine;
    this.#log = log;
  }

  plan({ request, name }: RelocationJob): Promise<PlannedRelocation> {
    const title =
      request.destination.kind === 'archive'
        ? vscode.l10n.t('Planning to export {0}', withoutIcons(name))
        : vscode.l10n.t('Planning to relocate {0}', withoutIcons(name));
    return withProgress(title, (signal, report) =>
      this.#engine.plan(request, { depth: 'show', signal, onEvent: this.#listener(name, report) }),
    );
  }

  run(planned: PlannedRelocation, { name, request }: RelocationJob): Promise<RelocationReport> {
    const title =
      request.destination.kind === 'archive'
        ? vscode.l10n.t('Exporting {0}', withoutIcons(name))
        : vscode.l10n.t('Relocating {0}', withoutIcons(name));
    return withProgress(title, (signal, report) => planned.run({ signal, onEvent: this.#listener(name, report) }));
  }

  #listener(name: string, report: ProgressReport): (event: RelocationEvent) => void {
    return (event) => {
      this.#write(name, event);
      if (event.type === 'phase') report({ message: phaseText(event.phase) });
      if (event.type !== 'progress') return;
      const { bytesDone, bytesTotal } = event.progress;
      const percent = bytesTotal === 0 ? 0 : Math.floor((bytesDone / bytesTotal) * 100);
      report({ message: progressText(event.progress), percent });
    };
  }

  #write(name: string, event: RelocationEvent): void {
    if (event.type === 'phase') this.#log.info(`${name}: ${event.phase}: ${event.detail}`);
    if (event.type === 'warning') this.#log.warn(`${name}: ${event.text}`);
    if (event.type === 'pause') this.#log.info(`${name}: ${event.host} asks to wait ${event.seconds} s`);
    if (event.type === 'retry') this.#log.info(`${name}: ${event.what} again (${event.attempt}): ${event.reason}`);
  }
}
