import * as vscode from 'vscode';

import type { PlannedRelocation } from '../../relocation/engine.ts';
import type { ErrorReporter } from '../errors/error-reporter.ts';
import { withoutLinks } from '../text/plain.ts';
import { confirmPlans } from './confirm-plan.ts';
import { destinationText } from '../../relocation/request.ts';
import type { RelocationRequest } from '../../relocation/request.ts';
import { jobKey, registriesOf } from './relocation-job.ts';
import type { RelocationJob } from './relocation-job.ts';
import type { RelocationReport } from '../../relocation/report.ts';
import { showRelocationEnd } from './relocation-end.ts';
import type { RelocationHistory } from './relocation-history.ts';
import type { RelocationRunner } from './relocation-runner.ts';

interface PlannedJob {
  readonly job: RelocationJob;
  readonly plan: PlannedRelocation;
}

export interface RelocationStarterOptions {
  readonly runner: RelocationRunner;
  readonly reporter: ErrorReporter;
  readonly log: vscode.LogOutputChannel;
  readonly history: RelocationHistory;
  /** Something new is at the destination. */
  readonly relocated: (request: RelocationRequest) => void;
}

/** The way of every relocation in the editor: plan, ask, run in the background, tell the end. */
export class RelocationStarter {
  readonly #options: RelocationStarterOptions;
  readonly #underWay = new Set<string>();

  constructor(options: RelocationStarterOptions) {
    this.#options = options;
  }

  /** Resolves when the first copy has begun, or none is to begin. Several are asked about together, and run one after the other. */
  async start(...jobs: readonly RelocationJob[]): Promise<void> {
    const free = jobs.filter((job) => this.#claim(job));
    if (free.length === 0) return;
    const planned = await this.#confirmed(free);
    if (planned === undefined) for (const job of free) this.#release(job);
    else void this.#runAll(planned);
  }

  #claim(job: RelocationJob): boolean {
    const key = jobKey(job);
    if (!this.#underWay.has(key)) {
      this.#underWay.add(key);
      return true;
    }
    const destination = destinationText(job.request.destination);
    void vscode.window.showInformationMessage(
      vscode.l10n.t('{0} is already on its way to {1}.', withoutLinks(job.name), withoutLinks(destination)),
    );
    return false;
  }

  #release(job: RelocationJob): void {
    this.#underWay.delete(jobKey(job));
  }

  async #confirmed(jobs: readonly RelocationJob[]): Promise<PlannedJob[] | undefined> {
    const planned: PlannedJob[] = [];
    for (const job of jobs) {
      try {
        planned.push({ job, plan: await this.#options.runner.plan(job) });
      } catch (error) {
        this.#failed(job, error);
        await close(planned);
        return undefined;
      }
    }
    if (await confirmPlans(planned.map(({ job, plan }) => ({ job, view: plan.view })))) return planned;
    await close(planned);
    return undefined;
  }

  async #runAll(planned: readonly PlannedJob[]): Promise<void> {
    for (const { job, plan } of planned) {
      // The end of one is told while the next is running.
      const report = await this.#run(job, plan);
      if (report !== undefined) void showRelocationEnd(job, report, this.#options.history.add(job));
    }
  }

  async #run(job: RelocationJob, plan: PlannedRelocation): Promise<RelocationReport | undefined> {
    const { runner, log, relocated } = this.#options;
    try {
      const report = await runner.run(plan, job).finally(() => this.#release(job));
      log.info(
        `${job.name}: relocated to ${report.root?.reference ?? report.destination} in ${report.seconds.toFixed(1)} s`,
      );
      relocated(job.request);
      return report;
    } catch (error) {
      this.#failed(job, error);
      return undefined;
    }
  }

  #failed(job: RelocationJob, error: unknown): void {
    const { name, request } = job;
    const destination = destinationText(request.destination);
    const sentence = (message: string): string =>
      request.destination.kind === 'archive'
        ? vscode.l10n.t('Exporting {0} to {1} failed: {2}', name, destination, message)
        : vscode.l10n.t('Relocating {0} to {1} failed: {2}', name, destination, message);
    const failure = { action: `Relocate ${name} to ${destination}`, sentence };
    // The plan is asked about anew: nothing is copied by a click on a notification.
    const again = () => this.start(job);
    this.#options.reporter.report({ ...failure, registries: registriesOf(job), again }, error);
  }
}

async function close(planned: readonly PlannedJob[]): Promise<void> {
  await Promise.all(planned.map(({ plan }) => plan.close()));
}
