import type * as vscode from 'vscode';
import { l10n } from 'vscode';

import { causes } from '../../base/errors.ts';
import { destinationText } from '../../relocation/request.ts';
import type { RelocationRequest } from '../../relocation/request.ts';
import type { ErrorReporter } from '../errors/error-reporter.ts';
import { withoutLinks } from '../text/plain.ts';
import { directionOf } from './direction.ts';
import type { RelocationSnapshot } from './list/relocation.ts';
import type { Outcome } from './list/relocation-attempt.ts';
import { showCompletion } from './relocation-end.ts';
import { registriesOf } from './relocation-job.ts';
import type { RelocationJob } from './relocation-job.ts';

export interface OutcomeReporterOptions {
  readonly reporter: ErrorReporter;
  readonly log: vscode.LogOutputChannel;
  /** Something new is at the destination. */
  readonly relocated: (request: RelocationRequest) => void;
  /** Plans a relocation anew and asks. */
  readonly planAgain: (job: RelocationJob) => Promise<void>;
}

/** Tells how relocations end: each once, in a notification or, where the user stopped it, in the log alone. */
export class OutcomeReporter {
  readonly #options: OutcomeReporterOptions;

  constructor(options: OutcomeReporterOptions) {
    this.#options = options;
  }

  report(relocation: RelocationSnapshot, outcome: Outcome): void {
    const { record } = relocation;
    // It is in the log with the notification.
    if (outcome.kind === 'failed') return this.failed(record, outcome.error);
    this.writeToLog(relocation, outcome);
    if (outcome.kind === 'finished') void showCompletion(record, outcome.report);
  }

  /** For what is told elsewhere: in the log alone. */
  writeToLog({ record }: RelocationSnapshot, outcome: Outcome): void {
    const { log, relocated } = this.#options;
    if (outcome.kind === 'failed') log.error(`${action(record)}: ${causes(outcome.error).join(': ')}`);
    else if (outcome.kind === 'interrupted') log.error(`${action(record)}: ${outcome.error.message}`);
    else if (outcome.kind === 'stopped') log.info(`${action(record)}: ${outcome.as}`);
    else {
      const { report } = outcome;
      const where = report.root?.reference ?? report.destination;
      log.info(`${record.name}: relocated to ${where} in ${report.seconds.toFixed(1)} s`);
      relocated(record.request);
    }
  }

  failed(job: RelocationJob, error: unknown): void {
    const { reporter, planAgain: again } = this.#options;
    const { name, request } = job;
    const destination = destinationText(request.destination);
    const sentence = (message: string): string =>
      ({
        relocation: l10n.t('Relocating {0} to {1} failed: {2}', name, destination, message),
        export: l10n.t('Exporting {0} to {1} failed: {2}', name, destination, message),
        import: l10n.t('Importing {0} to {1} failed: {2}', name, destination, message),
      })[directionOf(request)];
    reporter.report(
      {
        action: action(job),
        sentence,
        registries: registriesOf(job),
        // The plan is asked about anew: nothing is copied by a click on a notification.
        retry: () => again(job),
      },
      error,
    );
  }
}

function action({ name, request }: RelocationJob): string {
  return withoutLinks(`Relocate ${name} to ${destinationText(request.destination)}`);
}
