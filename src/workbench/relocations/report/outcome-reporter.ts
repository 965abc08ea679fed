import { l10n } from 'vscode';
import * as vscode from 'vscode';

import { causes } from '../../../base/errors.ts';
import { PackagingCommand } from '../../../contract/packaging.ts';
import { RelocationCommand } from '../../../contract/relocations.ts';
import type { RelocationReport } from '../../../relocation/report/report.ts';
import { destinationText } from '../../../relocation/request/request.ts';
import type { RelocationRequest } from '../../../relocation/request/request.ts';
import { runCommand } from '../../command-registry.ts';
import type { ErrorReporter } from '../../errors/error-reporter.ts';
import { withoutLinks } from '../../text/formatting.ts';
import type { RelocationRecord } from '../list/record.ts';
import type { RelocationSnapshot, Outcome } from '../list/relocation-attempt.ts';
import { directionOf, hasPackages, jobKey, registriesOf, rootImage } from '../relocation-job.ts';
import type { RelocationJob } from '../relocation-job.ts';
import { showBatch } from './batch.ts';
import type { EndedJob } from './batch.ts';
import { reportText } from './report-text.ts';

export interface OutcomeReporterOptions {
  readonly reporter: ErrorReporter;
  readonly log: vscode.LogOutputChannel;
  /** Called after something was copied to a destination. */
  readonly relocated: (request: RelocationRequest) => void;
  /** Creates a new plan and asks for confirmation. */
  readonly planAgain: (...jobs: readonly RelocationJob[]) => Promise<void>;
}

/** Reports the outcome of each attempt once: in a notification, or only in the log if the user stopped it. */
export class OutcomeReporter {
  readonly #options: OutcomeReporterOptions;
  /** Jobs whose failure is shown in a notification that the user has not answered. */
  readonly #shown = new Set<string>();

  constructor(options: OutcomeReporterOptions) {
    this.#options = options;
  }

  report(relocation: RelocationSnapshot, outcome: Outcome): void {
    const { record } = relocation;
    // The error reporter also writes to the log.
    if (outcome.kind === 'failed') return this.failed(record, outcome.error);
    this.writeToLog(relocation, outcome);
    if (outcome.kind === 'finished') void showCompletion(record, outcome.report);
  }

  /**
   * Hides the notification of an earlier failure when its next attempt runs. An extension cannot close a notification
   * (microsoft/vscode#134777), so all of them move to the notification center.
   */
  retried(running: readonly RelocationJob[]): void {
    const keys = running.map(jobKey).filter((key) => this.#shown.delete(key));
    if (keys.length > 0) void vscode.commands.executeCommand('notifications.hideToasts');
  }

  /** Only logs an outcome that is reported elsewhere. */
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

  /** Reports relocations that were confirmed together: one notification, which is about the failure if there is one. */
  batch(ended: readonly EndedJob[]): void {
    const { reporter, planAgain } = this.#options;
    const failures = ended.flatMap(({ job, outcome }) =>
      outcome.kind === 'failed' ? [{ job, error: outcome.error }] : [],
    );
    const [first] = failures;
    if (first === undefined) return void showBatch(ended);
    const sentence = (message: string): string =>
      l10n.t('{0} of {1} relocations failed. {2}: {3}', failures.length, ended.length, first.job.name, message);
    reporter.report(
      {
        action: action(first.job),
        sentence,
        registries: [...new Set(failures.flatMap(({ job }) => registriesOf(job)))],
        retry: () => planAgain(...failures.map(({ job }) => job)),
        closed: this.#show(failures.map(({ job }) => job)),
      },
      first.error,
    );
  }

  failed(job: RelocationJob, error: unknown): void {
    const { reporter, planAgain } = this.#options;
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
        // The retry asks for confirmation of a new plan, so that a click in a notification copies nothing by itself.
        retry: () => planAgain(job),
        closed: this.#show([job]),
      },
      error,
    );
  }

  /** @returns to be called when the notification is closed */
  #show(jobs: readonly RelocationJob[]): () => void {
    const keys = jobs.map(jobKey);
    for (const key of keys) this.#shown.add(key);
    return () => keys.forEach((key) => this.#shown.delete(key));
  }
}

function action({ name, request }: RelocationJob): string {
  return withoutLinks(`Relocate ${name} to ${destinationText(request.destination)}`);
}

/** Shows a notification with the next steps. */
async function showCompletion(record: RelocationRecord, report: RelocationReport): Promise<void> {
  const { request, name } = record;
  if (report.failed.length > 0) return showPartialCompletion(record, report);
  if (request.destination.kind === 'archive') return showExportCompletion(record, request.destination.path, report);
  const { root } = report;
  const create = vscode.l10n.t('Create PackageRepository');
  const copy = vscode.l10n.t('Copy Reference');
  const show = vscode.l10n.t('Show Report');
  const receipt = report.receipt === undefined ? [] : [vscode.l10n.t('Show Receipt')];
  const first = [...(hasPackages(report) ? [create] : []), ...(root === undefined ? [] : [copy])];
  const actions = [...first, ...receipt, show];
  const answer = await vscode.window.showInformationMessage(
    withoutLinks(reportText(name, request, report)),
    ...actions,
  );
  if (answer === show) await runCommand(RelocationCommand.showReport, { relocation: record.id });
  if (answer !== undefined && receipt.includes(answer))
    await runCommand(RelocationCommand.showReceipt, { relocation: record.id });
  if (root !== undefined && answer === copy) await vscode.env.clipboard.writeText(root.reference);
  if (answer === create) await runCommand(PackagingCommand.create, rootImage(report));
}

async function showExportCompletion(record: RelocationRecord, path: string, report: RelocationReport): Promise<void> {
  const { id, name, request } = record;
  const verify = vscode.l10n.t('Verify');
  const show = vscode.l10n.t('Show Report');
  const answer = await vscode.window.showInformationMessage(
    withoutLinks(reportText(name, request, report)),
    verify,
    show,
  );
  if (answer === show) await runCommand(RelocationCommand.showReport, { relocation: id });
  if (answer === verify) await runCommand(RelocationCommand.verifyTarball, vscode.Uri.file(path));
}

async function showPartialCompletion({ id, name, request }: RelocationRecord, report: RelocationReport): Promise<void> {
  const retry = vscode.l10n.t('Retry Failed');
  const show = vscode.l10n.t('Show Report');
  const answer = await vscode.window.showWarningMessage(withoutLinks(reportText(name, request, report)), retry, show);
  if (answer === show) await runCommand(RelocationCommand.showReport, { relocation: id });
  if (answer === retry) await runCommand(RelocationCommand.retryFailed, { relocation: id });
}
