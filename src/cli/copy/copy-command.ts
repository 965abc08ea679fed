import { limitMemory } from '../../base/memory-limits.ts';
import { readFile } from 'node:fs/promises';

import { formatBytes, formatCount } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import { findVolumes } from '../../carvel/archive/volumes.ts';
import { readExportManifest } from '../../carvel/export-manifest.ts';
import { formatReceipt, refuseOlderExport, requireNextExport } from '../../carvel/receipt.ts';
import { readReceipt, receiptOf } from '../../relocation/report/receipt.ts';
import { InProcessEngine } from '../../relocation/in-process-engine.ts';
import { hasWork, isMoving } from '../../relocation/plan/plan-summary.ts';
import type { PlanSummary } from '../../relocation/plan/plan-summary.ts';
import { formatReport, requestOfFailed } from '../../relocation/report/report-document.ts';
import { reportMarkdown } from '../../relocation/report/report-markdown.ts';
import type { RelocationRequest } from '../../relocation/request/request.ts';
import { COPY_FLAGS } from '../flags/copy-flags.ts';
import type { Command, CommandContext } from '../command.ts';
import { USAGE } from '../usage.ts';
import type { FlagValues } from '../flags/flag.ts';
import { connectionOf, stateFolder } from '../connection.ts';
import { cliCredentials, usesCloudKeychains } from '../credentials.ts';
import { cliError } from '../errors.ts';
import { refuseArguments } from '../command.ts';
import type { Console } from '../output/console.ts';
import { passwordAsker } from '../ask-password.ts';
import { openSigner } from '../../trust/signer.ts';
import { checkNamedFiles, writeNamedFile, writeSignedFile } from '../output-file.ts';
import type { RelocationListener } from '../../relocation/events.ts';
import { defined, parseJson } from '../../base/json.ts';

import type { RelocationReport } from '../../relocation/report/report.ts';
import { checkInCluster } from '../in-cluster/in-cluster-flags.ts';
import { copyInCluster } from '../in-cluster/copy-in-cluster.ts';
import type { InClusterCopy } from '../in-cluster/copy-in-cluster.ts';
import type { JobTotals } from '../../jobs/job-events.ts';
import { planDocument } from '../../relocation/plan/plan-document.ts';
import { attachmentLines, planText, policyLines, signerText } from './plan-text.ts';
import { gateOptions, requestOf } from './request.ts';
import { subsetLines } from './subset-text.ts';

/** `carvel-airgap copy`: plans, runs and reports a copy. */
export const copyCommand: Command = {
  name: 'copy',
  help: {
    summary: 'Copies bundles and images between registries, and to and from tars.',
    usage: USAGE.copy,
    groups: COPY_FLAGS,
    notes: [
      'Exit code: 0 if everything was copied, 1 otherwise. With --plan: 0 if there is nothing to do, 1 otherwise.',
      'Ctrl-C stops the copy when what is in transit has arrived, and again at once. Run the same command again to resume.',
    ],
  },
  jsonMode: (values) => (values.boolean('plan') === true ? 'document' : 'envelope'),
  stopping: 'Stopping when what is in transit has arrived. Press Ctrl-C again to stop at once.',
  canceled:
    'Canceled. What is complete is kept: run the same command again to resume, or with --resume=false to start over. carvel-airgap discard removes it.',
  run: copy,
};

async function copy(context: CommandContext): Promise<0 | 1> {
  const { values, rest, console, environment, signal: stop, pause } = context;
  refuseArguments('copy', rest);
  const retried = values.text('retry-failed');
  const request = retried === undefined ? requestOf(values) : await retryOf(values, retried);
  const requireSignature = values.list('require-signature');
  if (request.source.kind === 'archive') await requireNext(request.source.path, values);
  const connection = await connectionOf(values, environment);
  // Planning has nothing in transit that would be lost.
  const signal = AbortSignal.any([stop, pause]);
  const credentials = cliCredentials(values, environment, (text) => console.warn(text));
  const askPassword = passwordAsker(environment);
  const trust = { requireSignature, askPassword };
  checkInCluster(values);
  limitMemory();
  const engine = new InProcessEngine({ connection, credentials, stateFolder: stateFolder(environment), ...trust });
  engine.limitBandwidth(values.size('bandwidth-limit'));
  if (usesCloudKeychains(environment)) {
    console.warn('IMGPKG_ACTIVE_KEYCHAINS and IMGPKG_ENABLE_IAAS_AUTH are not supported: no cloud login is used');
  }
  if (values.boolean('plan') === true) {
    const onEvent = console.listener();
    const planned = await engine.plan(request, { signal, onEvent, depth: 'show' });
    await planned.close();
    if (console.mode === 'document') console.document(planDocument(planned.view, request));
    else console.result(planText(planned.view, request.options ?? {}, values.list('column')));
    return hasWork(planned.view) ? 1 : 0;
  }
  const [lockFile, reportFile, pageFile, receiptFile] = [
    values.text('lock-output'),
    values.text('report'),
    values.text('report-markdown'),
    values.text('receipt'),
  ];
  await checkNamedFiles([lockFile, reportFile, pageFile, receiptFile]);
  const key = receiptFile === undefined ? undefined : values.text('sign');
  // A key that cannot sign is found out before anything is copied.
  const signer = key === undefined ? undefined : await openSigner(key, askPassword, signal);
  const onEvent = copyListener(console, request);
  if (values.text('in-cluster') !== undefined) {
    return inCluster({ context, request, engine, connection, credentials });
  }
  const planned = await engine.plan(request, { signal, onEvent, depth: 'run' });
  warnOfTags(planned.view, console);
  warnOfSigner(planned.view, console);
  const report = await planned.run({ signal: stop, pause, onEvent });
  if (lockFile !== undefined && report.failed.length === 0) {
    if (report.lock === undefined) throw cliError('no-root-for-lock');
    await writeNamedFile(lockFile, report.lock.text);
  }
  if (reportFile !== undefined) await writeNamedFile(reportFile, formatReport(request, report));
  if (pageFile !== undefined) await writeNamedFile(pageFile, reportMarkdown(request, report));
  if (receiptFile !== undefined) {
    const written = await receiptOf(request, report, { connection, credentials }, signal);
    await writeSignedFile(receiptFile, formatReceipt(written), signer, signal);
  }
  console.result([...signerText(planned.view), reportText(report, request.destination.kind === 'archive')].join('\n'));
  if (report.failed.length > 0) return 1;
  console.succeeded();
  return 0;
}

/** `copy --in-cluster`. */
async function inCluster(parts: InClusterCopy): Promise<0 | 1> {
  const { context, request } = parts;
  const { values, console } = context;
  const result = await copyInCluster(parts);
  if (result === undefined) return 0;
  const { report, totals } = result;
  const [lockFile, reportFile] = [values.text('lock-output'), values.text('report')];
  if (lockFile !== undefined && report.lock !== undefined) await writeNamedFile(lockFile, report.lock.text);
  if (reportFile !== undefined) await writeNamedFile(reportFile, formatReport(request, report));
  console.result(inClusterText(report, totals));
  console.succeeded();
  return 0;
}

/**
 * Refuses a tar that is not the next one after the receipt of --after (see requireNextExport), or is older than the
 * one in the receipt that --receipt replaces.
 */
async function requireNext(path: string, values: FlagValues): Promise<void> {
  const [after, receiptFile] = [values.text('after'), values.text('receipt')];
  const tar = (await findVolumes(path))?.tar ?? path;
  const exported = await readExportManifest(tar);
  if (after !== undefined) {
    requireNextExport(exported, await readReceipt(after, values.list('require-receipt-signature')), path);
  }
  if (receiptFile === undefined || exported === undefined) return;
  const last = await readReceipt(receiptFile, []).catch(() => undefined);
  if (last?.destination === values.text('to-repo') && last !== undefined) refuseOlderExport(exported, last, path);
}

/** @throws cli.retry-failed-alone because source and destination are in the report, cli.retry-not-scanned */
async function retryOf(values: FlagValues, path: string): Promise<RelocationRequest> {
  const other = ['bundle', 'image', 'lock', 'tar', 'oci', 'to-repo', 'to-tar', 'to-oci'].find(
    (name) => values.text(name) !== undefined,
  );
  if (other !== undefined) throw cliError('retry-failed-alone', { flag: `--${other}` });
  const request = await readFailed(path);
  const { beforeTag, ...own } = gateOptions(values);
  const { policyMode, beforeTag: known, ...options } = request.options ?? {};
  // A report may come from elsewhere: what it names is not run.
  if (known !== undefined && beforeTag === undefined) throw cliError('retry-not-scanned', { path, command: known });
  // A mode in the report belongs to its own policy.
  const mode = own.policy === undefined ? { policyMode } : {};
  return { ...request, options: { ...options, ...defined({ ...mode, ...own, beforeTag }) } };
}

function warnOfSigner({ source, signer }: PlanSummary, console: Console): void {
  if (signer === undefined || signer.isTrusted) return;
  console.warn(`${source} is signed by ${signer.name}, which was not compared with a key: use --require-signature`);
}

function warnOfTags({ tags, destination }: PlanSummary, console: Console): void {
  for (const { name, digest, current = '' } of tags.filter(isMoving)) {
    console.warn(`The tag ${name} at ${destination} points to ${current} and will move to ${digest}`);
  }
}

/** Prints the progress of a copy in imgpkg's words, because scripts read them. */
function copyListener(console: Console, { source, destination }: RelocationRequest): RelocationListener {
  const show = console.listener();
  let images = 0;
  return (event) => {
    if (event.type !== 'phase' || event.phase === 'resolve') return show(event);
    if (event.phase === 'plan') {
      images = event.references.length;
      if (source.kind === 'archive') return;
      console.copyLine(`exporting ${images} images...`);
      for (const reference of event.references) console.copyLine(`will export ${reference}`);
      console.copyLine(`exported ${images} images`);
    } else if (event.phase === 'scan') {
      console.copyLine(`scanning ${event.detail}`);
    } else if (event.phase === 'copy') {
      console.copyLine(destination.kind === 'archive' ? 'writing layers...' : `importing ${images} images...`);
    } else if (destination.kind !== 'archive') {
      console.copyLine('Tagging images');
    }
  };
}

/**
 * Reads the request for `--retry-failed` (see requestOfFailed).
 * @throws cli.report-invalid
 */
async function readFailed(path: string): Promise<RelocationRequest> {
  const invalid = (reason: string): Error => cliError('report-invalid', { path, reason });
  const bytes = await readFile(path).catch((error: unknown) => {
    throw invalid(error instanceof Error ? error.message : String(error));
  });
  return requestOfFailed(parseJson(bytes), invalid);
}

function scanLines({ beforeTag, results = [] }: RelocationReport): string[] {
  if (beforeTag === undefined) return [];
  const scanned = results.filter(({ scan }) => scan !== undefined);
  return [`${formatCount(scanned.length, 'image')} accepted by ${printable(beforeTag)}`];
}

function inClusterText({ destination, root, tags, images }: RelocationReport, totals: JobTotals | undefined): string {
  const copied =
    totals === undefined
      ? 'nothing to copy'
      : `${formatCount(totals.blobs, 'blob')} copied in the cluster, ${formatBytes(totals.bytes)}`;
  return [
    `Relocated to ${root?.reference ?? destination}`,
    ...tags.map((tag) => `Tagged ${destination}:${tag}`),
    `${formatCount(images.total, 'image')}: ${copied}`,
  ].join('\n');
}

/** The result of a copy for people. */
function reportText(report: RelocationReport, isExport: boolean): string {
  const { images, blobs, bytes, subset, transferSeconds } = report;
  const rate = transferSeconds < 0.1 ? '' : `, ${formatBytes(bytes.copied / transferSeconds)}/s`;
  const skipped = blobs.skipped === 0 ? '' : `, ${blobs.skipped} non-distributable skipped`;
  const where = report.root?.reference ?? report.destination;
  const exported = report.root === undefined ? '' : ` ${report.root.reference}`;
  const done = isExport ? `Exported${exported} to ${report.destination}` : `Relocated to ${where}`;
  const failed = report.failed.map(({ reference, reason }) => `Failed: ${reference}: ${reason}`);
  return [
    ...failed,
    failed.length === 0 ? done : `Partially ${isExport ? 'exported' : 'relocated'} to ${report.destination}`,
    ...(subset === undefined ? [] : subsetLines(subset)),
    ...report.tags.map((tag) => `Tagged ${report.destination}:${tag}`),
    ...report.tagsNotSet.map((tag) => `Not tagged ${report.destination}:${tag}: the bundle is not complete`),
    `${formatCount(images.total, 'image')}: ${images.copied} copied, ${images.present} already there${failed.length === 0 ? '' : `, ${failed.length} not copied`}`,
    ...(report.attachments === undefined ? [] : attachmentLines(report.attachments)),
    ...(report.policy === undefined ? [] : policyLines({ policy: report.policy, images: [] })),
    ...scanLines(report),
    `${formatCount(blobs.copied + blobs.mounted + blobs.present + blobs.skipped, 'blob')}: ${blobs.copied} copied, ${blobs.mounted} mounted, ${blobs.present} already there${skipped}`,
    `${formatBytes(bytes.copied)} copied in ${transferSeconds.toFixed(1)} s${rate}`,
  ].join('\n');
}
