import * as vscode from 'vscode';

import { causes, hasCode } from '../../base/errors.ts';
import { relocationsView } from '../../contract/relocations.ts';
import type { ClusterEngine, ClusterPlace } from '../../jobs/cluster-engine.ts';
import type { RelocationEngine } from '../../relocation/engine.ts';
import type { MarkedEvent, RelocationEvent } from '../../relocation/events.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { destinationText } from '../../relocation/request/request.ts';
import type { ErrorReporter } from '../errors/error-reporter.ts';
import { onDidChangeParallelRelocations, parallelRelocations } from '../settings/transfer-settings.ts';
import { withoutLinks } from '../text/formatting.ts';
import { Coalescer } from '../../base/coalescer.ts';
import { Limiter } from '../../base/limiter.ts';
import type { TreeHost } from '../view/hosts.ts';
import { discardRelocation } from './commands/listed-relocation.ts';
import type { RelocationRecord } from './list/record.ts';
import type { RelocationSnapshot, Outcome } from './list/relocation-attempt.ts';
import { Refresher } from './list/refresher.ts';
import { RelocationStore } from './list/relocation-store.ts';
import { Relocations } from './list/relocations.ts';
import { markText, timeText } from './live-text.ts';
import { OutcomeReporter } from './report/outcome-reporter.ts';
import type { ShowMap } from './plan/confirm-plan.ts';
import { RelocationPlanner } from './plan/relocation-planner.ts';
import { RelocationStarter } from './plan/relocation-starter.ts';
import { PodProblems } from './view/pod-problems.ts';
import type { RelocationTreeNode } from './view/relocation-node.ts';
import { RelocationsStatusBar } from './view/relocations-status-bar.ts';
import { RelocationsView } from './view/relocations-view.ts';

export interface RelocationsOptions {
  readonly host: TreeHost<RelocationTreeNode>;
  readonly engine: RelocationEngine;
  /** The engine for relocations in a cluster. */
  readonly inCluster: (place: ClusterPlace, isFollowing?: boolean) => ClusterEngine;
  /** The folder with the list of relocations. */
  readonly folder: string;
  readonly reporter: ErrorReporter;
  readonly log: vscode.LogOutputChannel;
  /** Removes secrets from a text. */
  readonly hide: (text: string) => string;
  /** Called after something was copied to a destination. */
  readonly relocated: (request: RelocationRequest) => void;
  readonly showMap: ShowMap;
}

export interface BuiltRelocations extends vscode.Disposable {
  readonly relocations: Relocations;
  readonly starter: RelocationStarter;
  readonly view: RelocationsView;
  /** Resolves when the stored relocations have been read once. */
  readonly ready: Promise<void>;
}

/** Creates the list of relocations and everything that observes it. */
export function buildRelocations({
  host,
  engine,
  inCluster,
  folder,
  reporter,
  log,
  hide,
  relocated,
  showMap,
}: RelocationsOptions): BuiltRelocations {
  const problem = (error: unknown): void => log.warn(`The list of relocations: ${causes(error).join(': ')}`);
  const report = (error: unknown): void => reporter.report({ action: 'Relocations' }, error);
  const onEvent = (name: string, event: RelocationEvent): void => logEvent(log, name, event);
  const store = new RelocationStore({ folder, hide, problem: (text) => log.warn(text) });
  const slots = new Limiter(parallelRelocations);
  const offer = new InterruptedOffer(store);
  const ended = (relocation: RelocationSnapshot, outcome: Outcome, isObserved: boolean): void => {
    if (isObserved) ends.writeToLog(relocation, outcome);
    else if (relocation.record.until === undefined) ends.report(relocation, outcome);
    else askToWait(relocations, relocation.record).catch(report);
  };
  // If the engine process ends, all its relocations are interrupted, so they share one question.
  const lost = new Coalescer<RelocationSnapshot>((all) => void offer.show(relocations, all).catch(report));
  const interrupted = (each: readonly RelocationSnapshot[]): void => each.forEach((relocation) => lost.add(relocation));
  const describe = (event: MarkedEvent): string => hide(markText(event));
  const relocations = new Relocations({
    engine,
    inCluster,
    store,
    slots,
    onEvent,
    describe,
    ended,
    interrupted,
    problem,
  });
  const ends = new OutcomeReporter({ reporter, log, relocated, planAgain: (...jobs) => starter.start(...jobs) });
  const planner = new RelocationPlanner(engine, inCluster, onEvent);
  const failed = ends.failed.bind(ends);
  const batchEnded = ends.batch.bind(ends);
  const starter = new RelocationStarter({ planner, relocations, showMap, failed, batchEnded });
  const view = new RelocationsView(host, relocations);
  const refresher = new Refresher(relocations, host.view.visible, problem);
  const disposables = [
    onDidChangeParallelRelocations(() => slots.limitChanged()),
    host.view.onDidChangeVisibility(({ visible }) => refresher.setVisible(visible)),
    view,
    new RelocationsStatusBar(relocations),
    new PodProblems(relocations, report),
    refresher,
    lost,
    relocations.onDidChange(() => {
      ends.retried(relocations.all().flatMap(({ live, record }) => (live === undefined ? [] : [record])));
    }),
    relocations,
  ];
  return {
    relocations,
    starter,
    view,
    ready: refresher.start(),
    dispose: () => disposables.forEach((each) => each.dispose()),
  };
}

/** Offers, once and in one window only, to resume relocations of windows that are closed. */
class InterruptedOffer {
  readonly #store: Pick<RelocationStore, 'claimOffer'>;

  constructor(store: Pick<RelocationStore, 'claimOffer'>) {
    this.#store = store;
  }

  async show(relocations: Relocations, interrupted: readonly RelocationSnapshot[]): Promise<void> {
    const lock = await this.#store.claimOffer();
    if (lock === undefined) return;
    try {
      await this.#ask(relocations, interrupted);
    } finally {
      await lock.release();
    }
  }

  async #ask(relocations: Relocations, interrupted: readonly RelocationSnapshot[]): Promise<void> {
    const [first, ...others] = interrupted;
    if (first === undefined) return;
    const isOne = others.length === 0;
    const text = isOne
      ? vscode.l10n.t(
          'The relocation of {0} to {1} was interrupted.',
          first.record.name,
          destinationText(first.record.request.destination),
        )
      : vscode.l10n.t('{0} relocations were interrupted.', interrupted.length);
    const resume = isOne ? vscode.l10n.t('Resume') : vscode.l10n.t('Resume All');
    const show = vscode.l10n.t('Show');
    const discard = vscode.l10n.t('Discard…');
    const buttons = [resume, show, ...(isOne ? [discard] : [])];
    const answer = await vscode.window.showInformationMessage(withoutLinks(text), ...buttons);
    await relocations.answered(interrupted.map(({ record }) => record.id));
    if (answer === resume) for (const { record } of interrupted) await relocations.resume(record.id);
    if (answer === show) await vscode.commands.executeCommand(`${relocationsView}.focus`);
    if (answer === discard) await discardRelocation(relocations, first);
  }
}

/** Logs the events of a relocation except for its progress. */
function logEvent(log: vscode.LogOutputChannel, name: string, event: RelocationEvent): void {
  if (event.type === 'phase') log.info(`${name}: ${event.phase}: ${event.detail}`);
  if (event.type === 'scan') log.info(`${name}: scanned ${event.image}: exit code ${event.exitCode}\n${event.output}`);
  if (event.type === 'warning') log.warn(`${name}: ${event.text}`);
  if (event.type === 'pause') log.info(`${name}: ${event.host} asks to wait ${event.seconds} s`);
  if (event.type === 'retry') log.info(`${name}: ${event.what} again (${event.attempt}): ${event.reason}`);
}

/**
 * Asks the user whether to wait when a registry requests a longer delay than is accepted automatically; the relocation is
 * paused meanwhile.
 */
async function askToWait(relocations: Relocations, { id, name, error, until }: RelocationRecord): Promise<void> {
  if (until === undefined) return;
  const host = hasCode(error, 'oci.pause-too-long') ? String(error.args['host'] ?? '') : '';
  const text = vscode.l10n.t(
    '{0} asked to wait until {1}. The relocation of {2} is paused.',
    host,
    timeText(until),
    name,
  );
  const wait = vscode.l10n.t('Resume at {0}', timeText(until));
  const leavePaused = vscode.l10n.t('Leave Paused');
  const answer = await vscode.window.showWarningMessage(withoutLinks(text), wait, leavePaused);
  if (answer === wait) await relocations.resume(id, until);
}
