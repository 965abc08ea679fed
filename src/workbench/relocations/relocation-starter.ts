import * as vscode from 'vscode';

import type { PlannedRelocation } from '../../relocation/engine.ts';
import { destinationText } from '../../relocation/request.ts';
import { withoutLinks } from '../text/plain.ts';
import { confirmPlans } from './confirm-plan.ts';
import type { Relocations } from './list/relocations.ts';
import { showProgress } from './progress-notification.ts';
import { jobKey } from './relocation-job.ts';
import type { RelocationJob } from './relocation-job.ts';
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

/** The way of every relocation in the editor: plan, ask, and put it on the list, where it runs. */
export class RelocationStarter {
  readonly #options: RelocationStarterOptions;
  /** Those that are planned, or asked about. */
  readonly #awaitingAnswer = new Set<string>();

  constructor(options: RelocationStarterOptions) {
    this.#options = options;
  }

  /** Resolves when the relocations are on the list, or none is to begin. Several are asked about together. */
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
