import * as vscode from 'vscode';

import { MapCommand } from '../../contract/map.ts';
import { isRelocationsTarget, isRelocationTarget, RelocationCommand, reportView } from '../../contract/relocations.ts';
import { isRepositoryTarget } from '../../contract/targets.ts';
import type { CommandRegistry } from '../command-registry.ts';
import type { ApplyTargets } from '../clusters/apply-targets.ts';
import type { Clusters } from '../clusters/clusters.ts';
import type { ImagePicker } from '../registries/image-picker.ts';
import { exportSince, exportTarball } from './commands/export-tarball.ts';
import { importTarball } from './commands/import-tarball.ts';
import { describeFile, saveReceipt } from './commands/receipts.ts';
import { revealRelocation, revealRepository } from './commands/reveal-relocation.ts';
import type { RevealInRegistries } from './commands/reveal-relocation.ts';
import { relocate, relocateLock } from './commands/relocate.ts';
import { copyJobCommand, relocateInCluster } from './commands/relocate-in-cluster.ts';
import { relocateMissing } from './commands/relocate-missing.ts';
import { verifyTarball } from './commands/verify-tarball.ts';
import type { VerifyTarballParts } from './commands/verify-tarball.ts';
import type { DestinationPicker } from './wizard/destination-picker.ts';
import type { BasePicker } from './wizard/base-picker.ts';
import type { PackagePicker } from './wizard/package-picker.ts';
import type { RecentPlaces } from './wizard/recent-places.ts';
import { RelocationWizard } from './wizard/relocation-wizard.ts';
import type { RelocationStarter } from './plan/relocation-starter.ts';
import type { FileTarget, RelocationTarget } from '../../contract/relocations.ts';
import { saveTask } from '../tasks/save-task.ts';
import type { DocumentHost } from '../view/hosts.ts';
import { LiveDocuments } from '../view/live-documents.ts';
import { RenderedPages } from '../view/rendered-pages.ts';
import { discardRelocation, retryFailed, runAgain, saveReport, showReport } from './commands/listed-relocation.ts';
import { limitBandwidth } from './commands/limit-bandwidth.ts';
import { isActive, isResumable } from './list/record.ts';
import type { RelocationRecord } from './list/record.ts';
import type { RelocationSnapshot } from './list/relocation-attempt.ts';
import type { Relocations } from './list/relocations.ts';
import { REPORT_COMMANDS } from './report/report-page.ts';
import { jobContent } from './view/job-documents.ts';
import { RelocationPicker } from './view/relocation-picker.ts';
import type { RelocationQuestion } from './view/relocation-picker.ts';

export interface RelocationsParts extends VerifyTarballParts {
  readonly commands: CommandRegistry;
  readonly images: ImagePicker;
  readonly destinations: DestinationPicker;
  readonly starter: RelocationStarter;
  readonly bases: BasePicker;
  readonly formatOf: (path: string) => Promise<'oci' | undefined>;
  readonly packages: PackagePicker;
  readonly clusters: Clusters;
  readonly targets: ApplyTargets;
  readonly recentPlaces: RecentPlaces;
}

export function registerRelocations(parts: RelocationsParts): void {
  const { commands, starter, reporter } = parts;
  const own = { ...parts, wizard: new RelocationWizard(starter, reporter) };
  commands.register(RelocationCommand.relocate, (source, selected, to) => relocate(own, source, selected, to));
  commands.register(RelocationCommand.relocateInCluster, (source) =>
    relocateInCluster({ ...own, recent: parts.recentPlaces }, source),
  );
  commands.register(RelocationCommand.relocateLock, (file) => relocateLock(own, file));
  commands.register(RelocationCommand.exportTarball, (source) => exportTarball(own, source));
  commands.register(RelocationCommand.exportTarballWithOptions, (source) => exportTarball(own, source, {}));
  commands.register(RelocationCommand.exportSince, (base) => exportSince(own, base));
  commands.register(RelocationCommand.describeFile, (file) => describeFile(file));
  commands.register(RelocationCommand.verifyTarball, (file) => verifyTarball(own, file));
  commands.register(RelocationCommand.importTarball, (file, selected, to) => importTarball(own, file, selected, to));
}

interface ListParts {
  readonly commands: CommandRegistry;
  readonly relocations: Relocations;
  readonly starter: RelocationStarter;
  readonly reveal: RevealInRegistries;
  readonly hostFor: (clusterHost: string) => string;
  readonly showThroughput: (id: string) => Promise<void>;
  readonly clusters: Clusters;
  readonly documents: DocumentHost;
}

type AboutRelocation =
  | typeof RelocationCommand.resume
  | typeof RelocationCommand.cancel
  | typeof RelocationCommand.discard
  | typeof RelocationCommand.retryFailed
  | typeof RelocationCommand.runAgain
  | typeof RelocationCommand.showReport
  | typeof RelocationCommand.saveReport
  | typeof RelocationCommand.showReceipt
  | typeof RelocationCommand.showJob
  | typeof RelocationCommand.copyJobCommand
  | typeof RelocationCommand.saveTask
  | typeof RelocationCommand.remove
  | typeof MapCommand.showThroughput;

/** Registers the commands for relocations in the list. */
export function registerList(parts: ListParts): vscode.Disposable {
  const { commands, relocations, starter, reveal, hostFor, clusters, documents } = parts;
  const picker = new RelocationPicker(relocations);
  const jobs = new LiveDocuments(documents, jobContent(clusters));
  const pages = new RenderedPages(reportView, REPORT_COMMANDS);
  const on = (
    id: AboutRelocation,
    question: RelocationQuestion,
    run: (relocation: RelocationSnapshot) => unknown,
    sentence?: (message: string) => string,
  ): void =>
    commands.register(
      id,
      async (target?: RelocationTarget) => {
        // The button in the title bar of a report passes the page, not a relocation.
        const shown = id === RelocationCommand.saveReport ? pages.active : undefined;
        const given = isRelocationTarget(target) || shown === undefined ? target : { relocation: shown };
        const relocation = await picker.relocation(given, question);
        if (relocation !== undefined) await run(relocation);
      },
      sentence,
    );
  const running = {
    fits: ({ live }: RelocationSnapshot) => live !== undefined,
    none: vscode.l10n.t('No relocation is running.'),
  };
  const stopped = {
    fits: ({ record }: RelocationSnapshot) => isResumable(record.state),
    none: vscode.l10n.t('No relocation to resume.'),
  };
  const reported = {
    fits: ({ record }: RelocationSnapshot) => record.report !== undefined,
    none: vscode.l10n.t('No finished relocations yet.'),
  };
  const ended = { ...reported, fits: ({ record }: RelocationSnapshot) => !isActive(record.state) };
  const partlyFailed = {
    fits: ({ record }: RelocationSnapshot) => (record.report?.failed.length ?? 0) > 0,
    none: vscode.l10n.t('No relocation has failed images.'),
  };

  const received = {
    fits: ({ record }: RelocationSnapshot) => record.report?.receipt !== undefined,
    none: vscode.l10n.t('No import has a receipt yet.'),
  };

  const inCluster = {
    fits: ({ record }: RelocationSnapshot) => record.cluster !== undefined,
    none: vscode.l10n.t('No relocation runs in a cluster.'),
  };
  on(RelocationCommand.showJob, { title: vscode.l10n.t('Show Job'), ...inCluster }, async ({ record: { cluster } }) => {
    if (cluster === undefined) return;
    const { context, namespace, job } = cluster;
    await jobs.open({ context, namespace, job });
  });
  on(RelocationCommand.copyJobCommand, { title: vscode.l10n.t('Copy kubectl Command'), ...inCluster }, ({ record }) =>
    copyJobCommand(record),
  );

  commands.register(RelocationCommand.pause, async (target) => {
    const question = { title: vscode.l10n.t('Pause Relocation'), ...running };
    const given = isRelocationsTarget(target) ? target.relocations : undefined;
    const ids = given ?? [(await picker.relocation(target, question))?.record.id ?? ''];
    for (const id of ids) relocations.stop(id, 'paused');
  });
  on(RelocationCommand.cancel, { title: vscode.l10n.t('Cancel Relocation'), ...running }, ({ record }) =>
    relocations.stop(record.id, 'cancelled'),
  );
  on(RelocationCommand.resume, { title: vscode.l10n.t('Resume Relocation'), ...stopped }, ({ record }) =>
    relocations.resume(record.id),
  );
  on(
    RelocationCommand.discard,
    { title: vscode.l10n.t('Discard Relocation'), ...stopped },
    (relocation) => discardRelocation(relocations, relocation),
    (message) => vscode.l10n.t('Discarding failed: {0}', message),
  );
  const begun = {
    fits: ({ record }: RelocationSnapshot) => record.attempts.length > 0,
    none: vscode.l10n.t('No relocation has run yet.'),
  };
  on(MapCommand.showThroughput, { title: vscode.l10n.t('Show Throughput'), ...begun }, ({ record }) =>
    parts.showThroughput(record.id),
  );
  on(RelocationCommand.retryFailed, { title: vscode.l10n.t('Retry Failed'), ...partlyFailed }, ({ record }) =>
    retryFailed(starter, record),
  );
  on(RelocationCommand.runAgain, { title: vscode.l10n.t('Run Again'), ...ended }, ({ record }) =>
    runAgain(starter, record),
  );
  on(RelocationCommand.showReport, { title: vscode.l10n.t('Show Report'), ...reported }, ({ record }) =>
    showReport(pages, record),
  );
  on(
    RelocationCommand.saveReport,
    { title: vscode.l10n.t('Save Report as JSON'), ...reported },
    ({ record }) => saveReport(record),
    (message) => vscode.l10n.t('Saving the report failed: {0}', message),
  );

  on(RelocationCommand.showReceipt, { title: vscode.l10n.t('Show Receipt'), ...received }, ({ record }) =>
    describeFile(receiptOf(record)),
  );
  commands.register(
    RelocationCommand.saveReceipt,
    async (file) => {
      const question = { title: vscode.l10n.t('Save Receipt'), ...received };
      const receipt = file ?? receiptOf((await picker.relocation(undefined, question))?.record);
      if (receipt !== undefined) await saveReceipt(receipt);
    },
    (message) => vscode.l10n.t('Saving the receipt failed: {0}', message),
  );
  commands.register(RelocationCommand.reveal, async (target) => {
    if (isRepositoryTarget(target)) return revealRepository(target, reveal);
    const relocation = await picker.relocation(target, { title: vscode.l10n.t('Reveal'), ...reported });
    if (relocation !== undefined) await revealRelocation(relocation.record, reveal);
  });

  on(RelocationCommand.saveTask, { title: vscode.l10n.t('Save as Task'), ...ended }, ({ record }) => saveTask(record));
  on(RelocationCommand.remove, { title: vscode.l10n.t('Remove from List'), ...ended }, ({ record }) =>
    relocations.remove(record.id),
  );
  commands.register(RelocationCommand.relocateMissing, (target) =>
    relocateMissing({ relocations, starter, hostFor }, target),
  );
  commands.register(RelocationCommand.clear, () => {
    const finished = relocations.all().filter(({ record }) => record.state === 'finished');
    return relocations.remove(...finished.map(({ record }) => record.id));
  });
  commands.register(RelocationCommand.limitBandwidth, () => limitBandwidth());
  return vscode.Disposable.from(pages, jobs);
}

function receiptOf(record: RelocationRecord | undefined): FileTarget | undefined {
  const receipt = record?.report?.receipt;
  return receipt === undefined ? undefined : { scheme: 'file', fsPath: receipt };
}
