import * as vscode from 'vscode';

import type { PlannedRelocation } from '../../../relocation/engine.ts';
import { destinationText } from '../../../relocation/request/request.ts';
import { withProgress } from '../../progress.ts';
import { withoutLinks, withoutIcons } from '../../text/formatting.ts';
import { confirmPlans } from './confirm-plan.ts';
import type { RelocationSnapshot } from '../list/relocation-attempt.ts';
import type { Relocations } from '../list/relocations.ts';
import { liveText } from '../live-text.ts';
import { percentOf } from '../progress-text.ts';
import { directionOf, jobKey } from '../relocation-job.ts';
import type { RelocationJob } from '../relocation-job.ts';
import type { RelocationPlanner } from './relocation-planner.ts';

interface PlannedJob {
  readonly job: RelocationJob;
  readonly plan: PlannedRelocation;
}

export interface RelocationStarterOptions {
  readonly planner: RelocationPlanner;
  readonly relocations: Relocations;
  readonly failed: (job: RelocationJob, error: unknown) => void;
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
    const { relocations } = this.#options;
    try {
      for (const { job, plan } of await this.#confirmed(free)) {
        void showProgress(relocations, await relocations.start(job, plan));
      }
    } finally {
      for (const job of free) this.#awaitingAnswer.delete(jobKey(job));
    }
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

  async #confirmed(jobs: readonly RelocationJob[]): Promise<PlannedJob[]> {
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
    if (await confirmPlans(planned.map(({ job, plan }) => ({ job, view: plan.view })))) return planned;
    await close(planned);
    return [];
  }
}

async function close(planned: readonly PlannedJob[]): Promise<void> {
  await Promise.all(planned.map(({ plan }) => plan.close()));
}

/** Shows a cancellable progress notification from the start of a relocation until it stops. */
async function showProgress(relocations: Relocations, id: string): Promise<void> {
  const started = await change(relocations, id, ({ record }) => record.state === 'running');
  if (started === undefined) return;
  const { name, request } = started.record;
  const title = {
    relocation: vscode.l10n.t('Relocating {0}', withoutIcons(name)),
    export: vscode.l10n.t('Exporting {0}', withoutIcons(name)),
    import: vscode.l10n.t('Importing {0}', withoutIcons(name)),
  }[directionOf(request)];
  await withProgress(title, async (signal, report) => {
    const cancel = (): void => relocations.stop(id, 'cancelled');
    signal.addEventListener('abort', cancel, { once: true });
    await change(relocations, id, (relocation) => {
      const { figures } = relocation.record;
      const percent = figures === undefined ? {} : { percent: percentOf(figures) };
      report({ message: withoutIcons(liveText(relocation)), ...percent });
      return false;
    });
  });
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
