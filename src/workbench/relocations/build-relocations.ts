import type * as vscode from 'vscode';

import { causes } from '../../base/errors.ts';
import type { RelocationEngine } from '../../relocation/engine.ts';
import type { RelocationEvent } from '../../relocation/events.ts';
import type { RelocationRequest } from '../../relocation/request.ts';
import type { ErrorReporter } from '../errors/error-reporter.ts';
import { Coalescer } from '../view/coalescer.ts';
import type { TreeHost } from '../view/tree-host.ts';
import { onDidChangeParallelRelocations, parallelRelocations } from '../settings/parallel-setting.ts';
import { InterruptedOffer } from './interrupted-offer.ts';
import { Refresher } from './list/refresher.ts';
import type { RelocationSnapshot } from './list/relocation.ts';
import type { Outcome } from './list/relocation-attempt.ts';
import { RelocationStore } from './list/relocation-store.ts';
import { Relocations } from './list/relocations.ts';
import { RunSlots } from './list/run-slots.ts';
import { logEvent } from './log-event.ts';
import { OutcomeReporter } from './relocation-ends.ts';
import { RelocationPlanner } from './relocation-planner.ts';
import { RelocationStarter } from './relocation-starter.ts';
import { RelocationsStatusBar } from './view/relocations-status-bar.ts';
import type { RelocationTreeNode } from './view/relocation-node.ts';
import { RelocationsView } from './view/relocations-view.ts';
import { askToWait } from './wait-question.ts';

export interface RelocationsOptions {
  readonly host: TreeHost<RelocationTreeNode>;
  readonly engine: RelocationEngine;
  /** Where the list is kept. */
  readonly folder: string;
  readonly reporter: ErrorReporter;
  readonly log: vscode.LogOutputChannel;
  /** Takes secrets out of a text. */
  readonly hide: (text: string) => string;
  /** Something new is at the destination. */
  readonly relocated: (request: RelocationRequest) => void;
}

export interface BuiltRelocations extends vscode.Disposable {
  readonly relocations: Relocations;
  readonly starter: RelocationStarter;
  readonly view: RelocationsView;
  /** Resolves when what was there at the start is known. */
  readonly ready: Promise<void>;
}

/** The list of relocations, with all that looks at it. */
export function buildRelocations({
  host,
  engine,
  folder,
  reporter,
  log,
  hide,
  relocated,
}: RelocationsOptions): BuiltRelocations {
  const problem = (error: unknown): void => log.warn(`The list of relocations: ${causes(error).join(': ')}`);
  const report = (error: unknown): void => reporter.report({ action: 'Relocations' }, error);
  const onEvent = (name: string, event: RelocationEvent): void => logEvent(log, name, event);
  const store = new RelocationStore({ folder, hide, problem: (text) => log.warn(text) });
  const slots = new RunSlots(parallelRelocations);
  const offer = new InterruptedOffer(store);
  const ended = (relocation: RelocationSnapshot, outcome: Outcome, isFollowed: boolean): void => {
    if (isFollowed) ends.writeToLog(relocation, outcome);
    else if (relocation.record.until === undefined) ends.report(relocation, outcome);
    else askToWait(relocations, relocation.record).catch(report);
  };
  // The engine takes all that it copies with it: one question for them.
  const lost = new Coalescer<RelocationSnapshot>((all) => void offer.show(relocations, all).catch(report));
  const interrupted = (each: readonly RelocationSnapshot[]): void => each.forEach((relocation) => lost.add(relocation));
  const relocations = new Relocations({ engine, store, slots, onEvent, ended, interrupted, problem });
  const ends = new OutcomeReporter({ reporter, log, relocated, planAgain: (job) => starter.start(job) });
  const planner = new RelocationPlanner(engine, onEvent);
  const failed = ends.failed.bind(ends);
  const starter = new RelocationStarter({ planner, relocations, failed });
  const view = new RelocationsView(host, relocations);
  const refresher = new Refresher(relocations, host.view.visible, problem);
  const disposables = [
    onDidChangeParallelRelocations(() => slots.limitChanged()),
    host.view.onDidChangeVisibility(({ visible }) => refresher.setVisible(visible)),
    view,
    new RelocationsStatusBar(relocations),
    refresher,
    lost,
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
