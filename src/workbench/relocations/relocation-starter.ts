import * as vscode from 'vscode';

import type { PlannedRelocation } from '../../relocation/engine.ts';
import type { ErrorReporter } from '../errors/error-reporter.ts';
import { withoutLinks } from '../text/plain.ts';
import { confirmPlan } from './confirm-plan.ts';
import { destinationText } from '../../relocation/request.ts';
import type { RelocationRequest } from '../../relocation/request.ts';
import { jobKey, registriesOf } from './relocation-job.ts';
import type { RelocationJob } from './relocation-job.ts';
import { showRelocationEnd } from './relocation-end.ts';
import type { RelocationRunner } from './relocation-runner.ts';

export interface RelocationStarterOptions {
  readonly runner: RelocationRunner;
  readonly reporter: ErrorReporter;
  readonly log: vscode.LogOutputChannel;
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

  /** Resolves when the copy has begun, or is not to begin. */
  async start(job: RelocationJob): Promise<void> {
    const key = jobKey(job);
    if (this.#underWay.has(key)) {
      const destination = destinationText(job.request.destination);
      void vscode.window.showInformationMessage(
        vscode.l10n.t('{0} is already on its way to {1}.', withoutLinks(job.name), withoutLinks(destination)),
      );
      return;
    }
    this.#underWay.add(key);
    const done = (): boolean => this.#underWay.delete(key);
    const planned = await this.#confirmed(job);
    if (planned === undefined) done();
    else void this.#run(job, planned, done);
  }

  async #confirmed(job: RelocationJob): Promise<PlannedRelocation | undefined> {
    let planned: PlannedRelocation | undefined;
    try {
      planned = await this.#options.runner.plan(job);
      if (await confirmPlan(job, planned.view)) return planned;
      await planned.close();
    } catch (error) {
      this.#failed(job, error);
      await planned?.close();
    }
    return undefined;
  }

  /** @param done the relocation has ended, although its end is still to be told */
  async #run(job: RelocationJob, planned: PlannedRelocation, done: () => void): Promise<void> {
    const { runner, log, relocated } = this.#options;
    try {
      const report = await runner.run(planned, job).finally(done);
      log.info(
        `${job.name}: relocated to ${report.root?.reference ?? report.destination} in ${report.seconds.toFixed(1)} s`,
      );
      relocated(job.request);
      await showRelocationEnd(job, report);
    } catch (error) {
      this.#failed(job, error);
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
