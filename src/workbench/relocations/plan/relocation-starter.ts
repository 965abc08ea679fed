import * as vscode from 'vscode';

import { RelocationCommand } from '../../../contract/relocations.ts';
import type { PlannedRelocation } from '../../../relocation/engine.ts';
import { destinationText } from '../../../relocation/request/request.ts';
import { withProgress } from '../../progress.ts';
import { withoutLinks, withoutIcons } from '../../text/formatting.ts';
import { askAboutSignatures, withDefaultSignatures, withReferrers } from './ask-signatures.ts';
import { confirmPlans } from './confirm-plan.ts';
import type { ShowMap } from './confirm-plan.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import type { Relocations } from '../list/relocations.ts';
import { Batch } from '../report/batch.ts';
import type { EndedJob } from '../report/batch.ts';
import { liveText } from '../live-text.ts';
import { percentOf } from '../progress-text.ts';
import { directionOf, jobKey } from '../relocation-job.ts';
import type { RelocationJob } from '../relocation-job.ts';
import { isVerified } from './plan-text.ts';
import type { RelocationPlanner } from './relocation-planner.ts';

interface PlannedJob {
  readonly job: RelocationJob;
  readonly plan: PlannedRelocation;
}

export interface RelocationStarterOptions {
  readonly planner: RelocationPlanner;
  readonly relocations: Relocations;
  readonly showMap: ShowMap;
  readonly failed: (job: RelocationJob, error: unknown) => void;
  /** Called once when all relocations that were confirmed together have ended. */
  readonly batchEnded: (ended: readonly EndedJob[]) => void;
}

/** Starts every relocation in the editor: plans, asks for confirmation, and adds it to the list. */
export class RelocationStarter {
  readonly #options: RelocationStarterOptions;
  /** Jobs that are being planned or confirmed. */
  readonly #awaitingAnswer = new Set<string>();

  constructor(options: RelocationStarterOptions) {
    this.#options = options;
  }

  /** Resolves when the relocations are in the list or the user declined. Several jobs share one confirmation. */
  async start(...jobs: readonly RelocationJob[]): Promise<void> {
    const free = jobs.filter((job) => this.#claim(job));
    if (free.length === 0) return;
    try {
      await this.#run(await this.#confirmed(free));
    } finally {
      for (const job of free) this.#awaitingAnswer.delete(jobKey(job));
    }
  }

  /** Several relocations share their notifications: one while they run, and one at the end. */
  async #run(planned: readonly PlannedJob[]): Promise<void> {
    const { relocations, batchEnded } = this.#options;
    if (planned.length < 2) {
      for (const { job, plan } of planned) void showProgress(relocations, [await relocations.start(job, plan)]);
      return;
    }
    const batch = new Batch(planned.length, batchEnded);
    const ids: string[] = [];
    for (const { job, plan } of planned) ids.push(await relocations.start(job, plan, batch.observer(job)));
    void showProgress(relocations, ids);
  }

  #claim(job: RelocationJob): boolean {
    const key = jobKey(job);
    if (!this.#awaitingAnswer.has(key) && !this.#options.relocations.isUnderWay(job)) {
      this.#awaitingAnswer.add(key);
      return true;
    }
    const destination = destinationText(job.request.destination);
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is already being relocated to {1}.', withoutLinks(job.name), withoutLinks(destination)),
    );
    return false;
  }

  async #confirmed(jobs: readonly RelocationJob[]): Promise<readonly PlannedJob[]> {
    const planned = await this.#planned(jobs.map(withDefaultSignatures));
    if (planned.length === 0) return [];
    const plans = planned.map(({ job, plan }) => ({ job, view: plan.view }));
    const signatures = await askAboutSignatures(plans);
    if (signatures !== 'keep plan') await close(planned);
    if (signatures === undefined) return [];
    if (signatures === 'copy') return this.#confirmed(planned.map(({ job }) => withReferrers(job)));
    // Nothing is left to ask: everything was found, and running it copies no layer.
    if (plans.every(({ job, view }) => job.request.options?.repair === true && isVerified(view))) return planned;
    const decision = await confirmPlans(plans, this.#options.showMap);
    const chosen = decision.kind === 'run' ? new Set(decision.plans.map(({ job }) => job)) : new Set();
    await close(planned.filter(({ job }) => !chosen.has(job)));
    if (decision.kind === 'verify') return this.#confirmed(jobs.map(verifying));
    return planned.filter(({ job }) => chosen.has(job));
  }

  async #planned(jobs: readonly RelocationJob[]): Promise<readonly PlannedJob[]> {
    const planned: PlannedJob[] = [];
    for (const job of jobs) {
      try {
        planned.push({ job, plan: await this.#options.planner.plan(job) });
      } catch (error) {
        this.#options.failed(job, error);
        await close(planned);
        return [];
      }
    }
    return planned;
  }
}

/** The same relocation by this machine, which also checks what the destination has. */
function verifying(job: RelocationJob): RelocationJob {
  const { cluster: _, request, ...kept } = job;
  return { ...kept, request: { ...request, options: { ...request.options, repair: true } } };
}

async function close(planned: readonly PlannedJob[]): Promise<void> {
  await Promise.all(planned.map(({ plan }) => plan.close()));
}

/** Shows a progress notification, with Cancel and Pause, from the start of relocations until they stop. */
async function showProgress(relocations: Relocations, ids: readonly string[]): Promise<void> {
  const started = await firstRunning(relocations, ids);
  if (started === undefined) return;
  await withProgress(titleOf(started, ids.length), async (signal, report) => {
    signal.addEventListener('abort', () => ids.forEach((id) => relocations.stop(id, 'cancelled')), { once: true });
    const pause = `[${vscode.l10n.t('Pause')}](${pauseLink(ids)})`;
    const show = (): void => {
      const all = ids.flatMap((id) => relocations.get(id) ?? []);
      const figures = sumFigures(all);
      const message = `${withoutLinks(withoutIcons(progressMessage(all)))} · ${pause}`;
      report({ message, ...(figures === undefined ? {} : { percent: percentOf(figures) }) });
    };
    await Promise.all(
      ids.map((id) =>
        change(relocations, id, () => {
          show();
          return false;
        }),
      ),
    );
  });
}

/** The first that runs; undefined if all end before. */
function firstRunning(relocations: Relocations, ids: readonly string[]): Promise<RelocationSnapshot | undefined> {
  return new Promise((resolve) => {
    const all = ids.map(async (id) => {
      const running = await change(relocations, id, ({ record }) => record.state === 'running');
      if (running !== undefined) resolve(running);
    });
    void Promise.all(all).then(() => resolve(undefined));
  });
}

function titleOf({ record: { name, request } }: RelocationSnapshot, count: number): string {
  if (count > 1) return vscode.l10n.t('Relocating {0} bundles or images', count);
  return {
    relocation: vscode.l10n.t('Relocating {0}', withoutLinks(withoutIcons(name))),
    export: vscode.l10n.t('Exporting {0}', withoutLinks(withoutIcons(name))),
    import: vscode.l10n.t('Importing {0}', withoutLinks(withoutIcons(name))),
  }[directionOf(request)];
}

/** Notifications run the commands of links in their text. */
function pauseLink(ids: readonly string[]): string {
  const target = encodeURIComponent(JSON.stringify([{ relocations: ids }]));
  return `command:${RelocationCommand.pause}?${target.replaceAll('(', '%28').replaceAll(')', '%29')}`;
}

function progressMessage(all: readonly RelocationSnapshot[]): string {
  const [only] = all;
  if (all.length === 1 && only !== undefined) return liveText(only);
  const ended = all.filter(({ live }) => live === undefined).length;
  const running = all.find(({ record }) => record.state === 'running');
  const done = vscode.l10n.t('{0} of {1} done', ended, all.length);
  return running === undefined ? done : `${done} · ${running.record.name}: ${liveText(running)}`;
}

function sumFigures(all: readonly RelocationSnapshot[]): { bytesDone: number; bytesTotal: number } | undefined {
  const figures = all.flatMap(({ record }) => record.figures ?? []);
  if (figures.length < all.length) return undefined;
  return {
    bytesDone: figures.reduce((sum, each) => sum + each.bytesDone, 0),
    bytesTotal: figures.reduce((sum, each) => sum + each.bytesTotal, 0),
  };
}

/** Waits until a relocation of this window meets a condition; resolves with undefined if it ends before. */
function change(
  relocations: Relocations,
  id: string,
  matches: (relocation: RelocationSnapshot) => boolean,
): Promise<RelocationSnapshot | undefined> {
  return new Promise((resolve) => {
    const look = (): void => {
      const relocation = relocations.get(id);
      const hasEnded = relocation?.live === undefined;
      if (!hasEnded && !matches(relocation)) return;
      subscription.dispose();
      resolve(hasEnded ? undefined : relocation);
    };
    const subscription = relocations.onDidChange((changed) => {
      if (changed === undefined || changed === id) look();
    });
    look();
  });
}
