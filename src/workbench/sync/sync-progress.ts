import * as vscode from 'vscode';

import { SyncCommand } from '../../contract/sync.ts';
import type { SyncResult } from '../../sync/sync-result.ts';
import type { ProgressReport } from '../progress.ts';
import { liveText } from '../relocations/live-text.ts';
import type { Relocations } from '../relocations/list/relocations.ts';
import { withoutIcons, withoutLinks } from '../text/formatting.ts';
import { isSameJob } from './entry-state.ts';

export interface SyncProgressParts {
  /** Of the file. */
  readonly path: string;
  /** What is to be copied. */
  readonly due: readonly SyncResult[];
  readonly relocations: Pick<Relocations, 'get' | 'onDidChange'>;
  readonly report: ProgressReport;
}

/** Shows how far a sync is: the entries that are done, and the relocation that runs. */
export class SyncProgress {
  readonly #parts: SyncProgressParts;
  readonly #subscription: { dispose(): void };
  readonly #ended: SyncResult[] = [];
  #relocation: string | undefined;

  constructor(parts: SyncProgressParts) {
    this.#parts = parts;
    this.#subscription = parts.relocations.onDidChange((id) => {
      if (id === undefined || id === this.#relocation) this.#show();
    });
    this.#show();
  }

  started(id: string): void {
    this.#relocation = id;
    this.#show();
  }

  ended(result: SyncResult): void {
    // What was up to date, or could not be planned, is not part of the work.
    if (!this.#parts.due.some((each) => isSameJob(each, result))) return;
    this.#relocation = undefined;
    this.#ended.push(result);
    this.#show();
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #show(): void {
    const { due, relocations, report, path } = this.#parts;
    const done = vscode.l10n.t('{0} of {1} done', this.#ended.length, due.length);
    const running = this.#relocation === undefined ? undefined : relocations.get(this.#relocation);
    const live = running?.live === undefined ? [] : [`${running.record.name}: ${liveText(running)}`];
    const target = encodeURIComponent(JSON.stringify([{ scheme: 'file', fsPath: path }]));
    const link = `command:${SyncCommand.pause}?${target.replaceAll('(', '%28').replaceAll(')', '%29')}`;
    const text = withoutLinks(withoutIcons([done, ...live].join(' · ')));
    const percent = this.#percent(running?.record.figures?.bytesDone ?? 0);
    report({
      message: `${text} · [${vscode.l10n.t('Pause')}](${link})`,
      ...(percent === undefined ? {} : { percent }),
    });
  }

  /** @param bytes of the relocation that runs */
  #percent(bytes: number): number | undefined {
    const sum = (results: readonly SyncResult[]): number =>
      results.reduce((total, { plan }) => total + (plan?.totals.bytesToCopy ?? 0), 0);
    const total = sum(this.#parts.due);
    return total === 0 ? undefined : Math.min(99, Math.floor(((sum(this.#ended) + bytes) / total) * 100));
  }
}
