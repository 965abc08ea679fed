import * as vscode from 'vscode';

import { relocationsView } from '../../../contract/relocations.ts';
import { Coalescer } from '../../../base/coalescer.ts';
import type { Relocations } from '../list/relocations.ts';
import { percentOf } from '../progress-text.ts';

/** Shows a status bar item while this window runs relocations; a click opens the view. */
export class RelocationsStatusBar implements vscode.Disposable {
  readonly #relocations: Relocations;
  readonly #disposables: { dispose(): void }[];
  #item: vscode.StatusBarItem | undefined;

  constructor(relocations: Relocations) {
    this.#relocations = relocations;
    const redraw = new Coalescer<undefined>(() => this.#show());
    this.#disposables = [redraw, relocations.onDidChange(() => redraw.add(undefined))];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
    this.#item?.dispose();
  }

  #show(): void {
    const own = this.#relocations.all().filter(({ live }) => live !== undefined);
    const running = own.filter(({ record }) => record.state === 'running');
    if (running.length === 0) {
      this.#item?.dispose();
      this.#item = undefined;
      return;
    }
    const figures = running.flatMap(({ record }) => record.figures ?? []);
    const bytesDone = figures.reduce((sum, each) => sum + each.bytesDone, 0);
    const bytesTotal = figures.reduce((sum, each) => sum + each.bytesTotal, 0);
    const percent = percentOf({ bytesDone, bytesTotal });
    const count =
      running.length === 1 ? vscode.l10n.t('1 relocation') : vscode.l10n.t('{0} relocations', running.length);
    const waiting = own.length - running.length;
    const names = running.map(({ record }) => record.name).join('\n');
    const item = (this.#item ??= this.#create());
    item.text = `$(sync~spin) ${count} · ${percent} %`;
    item.tooltip = waiting === 0 ? names : `${names}\n${vscode.l10n.t('{0} queued', waiting)}`;
    item.accessibilityInformation = { label: vscode.l10n.t('{0} running, {1} percent done', count, percent) };
    item.show();
  }

  #create(): vscode.StatusBarItem {
    const item = vscode.window.createStatusBarItem('carvelAirgap.relocations', vscode.StatusBarAlignment.Left, 0);
    item.name = vscode.l10n.t('Relocations');
    item.command = `${relocationsView}.focus`;
    return item;
  }
}
