import * as vscode from 'vscode';

import { SyncCommand } from '../../contract/sync.ts';
import type { FileTarget } from '../../contract/relocations.ts';
import type { SyncEntry } from '../../sync/sync-file.ts';
import type { SyncLock } from '../../sync/sync-lock.ts';
import { errorText } from '../errors/error-text.ts';
import { timeText } from '../relocations/live-text.ts';
import { withoutIcons } from '../text/formatting.ts';
import { LensChanges } from '../view/lens-changes.ts';
import { statesOf } from './entry-state.ts';
import type { SyncDocuments } from './sync-documents.ts';
import type { SyncOutcomes } from './sync-outcomes.ts';
import { countsText, stateTitle } from './sync-text.ts';

/** VS Code trims the space after an icon. */
const NO_BREAK_SPACE = '\u00a0';

/**
 * The lenses of a file of kind Sync: what can be done with it, and the state of each entry. They show what the lock, and
 * the plans and syncs of this window say, and cause no requests.
 */
export class SyncLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly onDidChangeCodeLenses: vscode.Event<void>;
  readonly #changes = new LensChanges();
  readonly #documents: SyncDocuments;
  readonly #outcomes: SyncOutcomes;
  readonly #disposables: vscode.Disposable[];

  constructor(documents: SyncDocuments, outcomes: SyncOutcomes) {
    this.#documents = documents;
    this.#outcomes = outcomes;
    this.onDidChangeCodeLenses = this.#changes.event;
    this.#disposables = [
      this.#changes,
      outcomes.onDidChange(() => this.#changes.fire()),
      vscode.workspace.onDidCloseTextDocument(({ uri }) => outcomes.forget(uri.fsPath)),
      vscode.languages.registerCodeLensProvider({ language: 'yaml', scheme: 'file' }, this),
    ];
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    const checked = await this.#documents.check(document);
    if (checked === undefined) return [];
    const { fsPath } = document.uri;
    const top = new vscode.Range(0, 0, 0, 0);
    const lock = await this.#outcomes.lock(fsPath).catch((error: unknown) => errorText(error).message);
    if (typeof lock === 'string') return [new vscode.CodeLens(top, sign('error', lock))];
    const isRunning = this.#outcomes.running(fsPath) !== undefined;
    const own =
      checked.problems.length > 0 ? [problems(checked.problems.length)] : isRunning ? [] : actions(fsPath, lock);
    const commands = [...own, ...(await this.#state(fsPath))];
    return [
      ...commands.map((command) => new vscode.CodeLens(top, command)),
      ...checked.entries.flatMap((entry) => this.#entry(entry, lock, fsPath)),
    ];
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** What is being done with the file, or what was found last. */
  async #state(path: string): Promise<vscode.Command[]> {
    const running = this.#outcomes.running(path);
    if (running?.kind === 'plan') return [sign('sync~spin', vscode.l10n.t('Planning…'))];
    if (running !== undefined) {
      const pause = { command: SyncCommand.pause, title: vscode.l10n.t('Pause'), arguments: [fileOf(path)] };
      return [sign('sync~spin', vscode.l10n.t('Syncing…')), pause];
    }
    if (await this.#outcomes.isClaimed(path)) {
      return [sign('sync~spin', vscode.l10n.t('Another process is syncing this file'))];
    }
    const outcome = this.#outcomes.get(path);
    if (outcome === undefined) return [];
    const title = `${countsText(outcome.results)} (${timeText(outcome.at)})`;
    return [{ command: SyncCommand.showResult, title, arguments: [fileOf(path)] }];
  }

  #entry(entry: SyncEntry, lock: SyncLock, path: string): vscode.CodeLens[] {
    const outcome = this.#outcomes.get(path);
    const titles = statesOf(entry, lock, outcome).map(stateTitle);
    const range = new vscode.Range(entry.line - 1, 0, entry.line - 1, 0);
    const byTitle = Map.groupBy(entry.destinations, (_, index) => titles[index] ?? '');
    return [...byTitle].map(([title, destinations]) => {
      const [first = ''] = destinations;
      const where =
        destinations.length > 1 ? vscode.l10n.t('{0} destinations', destinations.length) : withoutIcons(first);
      return new vscode.CodeLens(range, {
        command: outcome === undefined ? SyncCommand.plan : SyncCommand.showResult,
        title: byTitle.size === 1 ? title : `${title} · ${where}`,
        tooltip: outcome === undefined ? vscode.l10n.t('Plan') : vscode.l10n.t('Show Details'),
        arguments: [fileOf(path)],
      });
    });
  }
}

function actions(path: string, { brought }: SyncLock): vscode.Command[] {
  return [
    { command: SyncCommand.sync, title: vscode.l10n.t('Sync…'), arguments: [fileOf(path)] },
    { command: SyncCommand.plan, title: vscode.l10n.t('Plan'), arguments: [fileOf(path)] },
    ...(brought.size === 0
      ? []
      : [{ command: SyncCommand.listPrunable, title: vscode.l10n.t('Prune…'), arguments: [fileOf(path)] }]),
  ];
}

function problems(count: number): vscode.Command {
  const text =
    count === 1 ? vscode.l10n.t('Cannot be synced: 1 problem') : vscode.l10n.t('Cannot be synced: {0} problems', count);
  return { ...sign('error', text), command: 'editor.action.marker.next' };
}

/** A lens that only says something. */
function sign(icon: string, text: string): vscode.Command {
  return { command: '', title: `$(${icon})${NO_BREAK_SPACE}${withoutIcons(text)}` };
}

function fileOf(path: string): FileTarget {
  return { scheme: 'file', fsPath: path };
}
