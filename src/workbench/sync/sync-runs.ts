import { basename } from 'node:path';

import * as vscode from 'vscode';

import { abortError } from '../../base/errors.ts';
import { checkOutput, writeOutput, writingReason } from '../../base/output-file.ts';
import { redactedError } from '../../base/serialized-error.ts';
import type { RelocationEngine } from '../../relocation/engine.ts';
import type { RelocationEvent } from '../../relocation/events.ts';
import type { CombinedPlan } from '../../relocation/plan/combined-plan.ts';
import { lockPathOf } from '../../sync/claim.ts';
import type { SyncFile } from '../../sync/sync-file.ts';
import type { SyncResult } from '../../sync/sync-result.ts';
import type { Sync } from '../../sync/sync.ts';
import { workbenchError } from '../errors/workbench-error.ts';
import { withProgress } from '../progress.ts';
import type { ProgressReport } from '../progress.ts';
import type { Relocations } from '../relocations/list/relocations.ts';
import { phaseText } from '../relocations/progress-text.ts';
import { confirmSync } from './confirm-sync.ts';
import { isSameJob } from './entry-state.ts';
import type { SyncOutcome } from './entry-state.ts';
import { ListedEngine } from './listed-engine.ts';
import { showPlanned, showSynced } from './show-outcome.ts';
import type { SyncOutcomes } from './sync-outcomes.ts';
import { SyncProgress } from './sync-progress.ts';
import { withRegistries } from './with-registries.ts';
import type { RegistrySetup } from './with-registries.ts';

export interface SyncRunsParts extends RegistrySetup {
  readonly engine: Pick<RelocationEngine, 'plan'>;
  readonly relocations: Relocations;
  /** Whether a policy of this machine applies. */
  readonly hasPolicy: () => boolean;
  /** For claims of files in folders that are not writable. */
  readonly stateFolder: string;
  readonly outcomes: SyncOutcomes;
  /** Opens what was found as a document. */
  readonly show: (path: string) => Promise<void>;
  /** Removes secrets from a text. */
  readonly hide: (text: string) => string;
}

interface Found {
  readonly results: readonly SyncResult[];
  readonly plan: CombinedPlan;
}

/** Plans and runs the syncs of this window. A file is synced once at a time, also by other processes. */
export class SyncRuns {
  readonly #parts: SyncRunsParts;

  constructor(parts: SyncRunsParts) {
    this.#parts = parts;
  }

  /** Finds out what is out of date, and writes nothing. */
  async plan(path: string): Promise<void> {
    if (this.#isRunning(path)) return;
    const { outcomes, engine } = this.#parts;
    const stop = new AbortController();
    const end = outcomes.start(path, { kind: 'plan', pause: () => stop.abort() });
    try {
      await this.#open(path, engine, async (sync, file) => {
        const found = await withProgress(planning(path), (signal, report) =>
          sync.compare('show', { signal: AbortSignal.any([signal, stop.signal]), onEvent: showPhases(report) }),
        );
        this.#note('plan', file, sync, found);
      });
    } finally {
      end();
    }
    void showPlanned(path, outcomes.get(path), this.#parts.hide);
  }

  /** Copies what is out of date, after the user has confirmed the plan. */
  async sync(path: string): Promise<void> {
    if (this.#isRunning(path)) return;
    const { api, outcomes, stateFolder } = this.#parts;
    await checkOutput(lockPathOf(path)).catch((error: unknown) => {
      throw unwritable(path, error);
    });
    const run = new SyncRun();
    const end = outcomes.start(path, { kind: 'sync', pause: () => run.pause.abort() });
    let decision: 'sync' | 'show plan' | undefined;
    try {
      const claim = await api().claimSyncFile(path, stateFolder);
      try {
        decision = await this.#open(path, this.#listed(run), (sync, file) => this.#run(run, sync, file));
      } finally {
        await claim.release();
      }
    } finally {
      end();
    }
    // Without the claim: other processes can sync the file while the plan is read.
    if (decision === 'show plan') await this.#parts.show(path);
    if (decision === 'sync') void showSynced(path, outcomes.get(path), run.abort.signal.aborted, this.#parts.hide);
  }

  async #run(run: SyncRun, sync: Sync, file: SyncFile): Promise<'sync' | 'show plan' | undefined> {
    const planned = Promise.withResolvers<Found>();
    const decided = Promise.withResolvers<boolean>();
    let onPhase: (event: RelocationEvent) => void = () => undefined;
    let latest: Found | undefined;
    const running = sync.run({
      signal: run.abort.signal,
      pause: run.pause.signal,
      onEvent: (event) => onPhase(event),
      onPlanned: async (results, plan) => {
        planned.resolve({ results, plan });
        if (!(await decided.promise)) throw abortError();
      },
      onResult: (result) => {
        if (latest === undefined) return;
        latest = { ...latest, results: latest.results.map((each) => (isSameJob(each, result) ? result : each)) };
        this.#note('sync', file, sync, latest);
        run.progress?.ended(result);
      },
    });
    const found = await withProgress(planning(file.path), (signal, report) => {
      onPhase = showPhases(report);
      run.cancelWith(signal);
      return Promise.race([planned.promise, running.then(() => planned.promise)]);
    });
    latest = found;
    this.#note('plan', file, sync, found);
    const due = found.results.filter(({ state }) => state === 'outdated');
    const answer = due.length === 0 ? 'sync' : await confirmSync(basename(file.path), found.results, sync.lock);
    decided.resolve(answer === 'sync');
    if (answer !== 'sync') {
      await running.catch(() => undefined);
      return answer;
    }
    const results =
      due.length === 0
        ? await running
        : await withProgress(vscode.l10n.t('Syncing {0}', basename(file.path)), async (signal, report) => {
            run.cancelWith(signal);
            run.progress = new SyncProgress({ path: file.path, due, relocations: this.#parts.relocations, report });
            return running.finally(() => run.progress?.dispose());
          });
    this.#note('sync', file, sync, { ...found, results });
    return 'sync';
  }

  #listed(run: SyncRun): ListedEngine {
    const { engine, relocations } = this.#parts;
    return new ListedEngine({
      engine,
      relocations,
      onStart: (id) => run.progress?.started(id),
      // Whoever stops the relocation in the view means the sync.
      onStopped: (as) => (as === 'paused' ? run.pause : run.abort).abort(),
    });
  }

  async #open<Result>(
    path: string,
    engine: Pick<RelocationEngine, 'plan'>,
    action: (sync: Sync, file: SyncFile) => Promise<Result>,
  ): Promise<Result> {
    const { api, hasPolicy } = this.#parts;
    const { readSyncFile, readSyncLock, formatSyncLock, Sync: Syncing } = api();
    const [file, lock] = [await readSyncFile(path), await readSyncLock(lockPathOf(path))];
    const saveLock = (changed: typeof lock): Promise<void> =>
      writeOutput(lockPathOf(path), formatSyncLock(changed)).catch((error: unknown) => {
        throw unwritable(path, error);
      });
    return withRegistries(this.#parts, (registries) =>
      action(new Syncing({ ...registries, file, lock, engine, saveLock, isGated: hasPolicy() }), file),
    );
  }

  #note(kind: SyncOutcome['kind'], { path, entries }: SyncFile, { lock }: Sync, { results, plan }: Found): void {
    const { outcomes, hide } = this.#parts;
    outcomes.set(path, {
      kind,
      at: Date.now(),
      results: results.map((each) =>
        each.error === undefined ? each : { ...each, error: redactedError(each.error, hide) },
      ),
      entries: new Map(entries.map((entry) => [entry.name, entry])),
      plan,
      lock,
    });
  }

  #isRunning(path: string): boolean {
    const running = this.#parts.outcomes.running(path);
    if (running === undefined) return false;
    const text =
      running.kind === 'sync'
        ? vscode.l10n.t('{0} is already being synced in this window.', basename(path))
        : vscode.l10n.t('The sync of {0} is already being planned.', basename(path));
    void vscode.window.showInformationMessage(text);
    return true;
  }
}

/** How a running sync is stopped, and its progress while it copies. */
class SyncRun {
  readonly abort = new AbortController();
  readonly pause = new AbortController();
  progress: SyncProgress | undefined;

  cancelWith(signal: AbortSignal): void {
    signal.addEventListener('abort', () => this.abort.abort(), { once: true });
  }
}

function planning(path: string): string {
  return vscode.l10n.t('Planning the sync of {0}', basename(path));
}

function showPhases(report: ProgressReport): (event: RelocationEvent) => void {
  return (event) => {
    if (event.type === 'phase') report({ message: phaseText(event.phase) });
  };
}

function unwritable(path: string, error: unknown): Error {
  return workbenchError('sync-lock-unwritable', { path: lockPathOf(path), reason: writingReason(error) }, error);
}
