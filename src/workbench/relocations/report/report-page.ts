import * as vscode from 'vscode';

import { formatBytes, formatSeconds } from '../../../base/format.ts';
import { totalOf } from '../../../carvel/attachment-kind.ts';
import { AuditCommand } from '../../../contract/audit.ts';
import { MapCommand } from '../../../contract/map.ts';
import { PackagingCommand } from '../../../contract/packaging.ts';
import { RegistryCommand } from '../../../contract/registries.ts';
import { RelocationCommand } from '../../../contract/relocations.ts';
import type { FailedImage } from '../../../relocation/keep-going.ts';
import type { AttachmentSummary, PolicySummary } from '../../../relocation/plan/plan-summary.ts';
import type { ImageResult, RelocationReport } from '../../../relocation/report/report.ts';
import { destinationText, sourceText } from '../../../relocation/request/request.ts';
import { imageCount, imagesOf } from '../../text/counts.ts';
import type { Verdict } from '../../../trust/gate.ts';
import { errorText } from '../../errors/error-text.ts';
import { artifactName } from '../../registries/artifact-presentation.ts';
import { subsetSummaryLines } from '../../text/subset-text.ts';
import { commandLink, html } from '../../view/html.ts';
import type { Html } from '../../view/html.ts';
import { isResumable } from '../list/record.ts';
import type { RelocationRecord } from '../list/record.ts';
import { countsText } from '../plan/ask-signatures.ts';
import { optionNames } from '../plan/option-picker.ts';
import { endText } from '../view/relocation-state.ts';
import { hasPackages, rootImage } from '../relocation-job.ts';
import { hasOnlyVerified } from './report-text.ts';
import { verdictText } from './verdict-text.ts';
import { warningParts } from './warning-text.ts';

/** The commands of the links in a report. */
export const REPORT_COMMANDS: readonly string[] = [
  RegistryCommand.copyReference,
  RelocationCommand.reveal,
  AuditCommand.audit,
  PackagingCommand.create,
  RelocationCommand.verifyTarball,
  RelocationCommand.retryFailed,
  RelocationCommand.runAgain,
  RelocationCommand.resume,
  RelocationCommand.discard,
  RelocationCommand.showReceipt,
  RelocationCommand.saveReport,
  RelocationCommand.showLog,
  MapCommand.showMap,
  MapCommand.showThroughput,
  MapCommand.saveMap,
];

/** Maximum number of rows in the table of images. */
const MAX_ROWS = 1000;

/**
 * Renders the outcome of a relocation, or what is known of one that has not finished.
 * @param options `hasLinks`: false for a page outside of VS Code
 */
export function reportPage(record: RelocationRecord, { hasLinks = true } = {}): Html {
  const { name, report, error } = record;
  return html`<h1>${vscode.l10n.t('Relocation of {0}', name)}</h1>
    ${headline(record)} ${hasLinks ? html`<nav>${actions(record)}</nav>` : undefined}
    ${error === undefined ? undefined : errorPart(error)} ${facts(record)}
    ${report === undefined ? undefined : [subsetPart(report), imagesPart(report), warningsPart(report)]}
    ${attemptsPart(record)}`;
}

function headline({ state, report, request }: RelocationRecord): Html {
  if (report === undefined) {
    return state === 'failed'
      ? html`<p class="lead bad">${vscode.l10n.t('Failed.')}</p>`
      : html`<p class="lead">${vscode.l10n.t('Not finished.')}</p>`;
  }
  const { failed, images } = report;
  if (failed.length > 0) {
    return html`<p class="lead bad">${vscode.l10n.t('{0} failed.', imagesOf(failed.length, images.total))}</p>`;
  }
  if (hasOnlyVerified(request, report)) {
    const verified =
      images.total === 1
        ? vscode.l10n.t('Verified: the image is complete.')
        : vscode.l10n.t('Verified: all {0} images are complete.', images.total);
    return html`<p class="lead">${verified}</p>`;
  }
  const text =
    images.copied === 0
      ? vscode.l10n.t('Already up to date: {0}.', imageCount(images.total))
      : vscode.l10n.t('Complete: {0} copied.', imagesOf(images.copied, images.total));
  return html`<p class="lead">${text}</p>`;
}

function actions(record: RelocationRecord): Html[] {
  const { id, state, report, request } = record;
  const target = { relocation: id };
  if (report === undefined) {
    const resume = [
      commandLink(RelocationCommand.resume, vscode.l10n.t('Resume'), target),
      commandLink(RelocationCommand.discard, vscode.l10n.t('Discard…'), target),
    ];
    return [...(isResumable(state) ? resume : []), commandLink(RelocationCommand.showLog, vscode.l10n.t('Show Log'))];
  }
  const { destination } = request;
  const image = destination.kind === 'repository' ? rootImage(report) : undefined;
  const file = destination.kind === 'archive' ? { scheme: 'file', fsPath: destination.path } : undefined;
  return [
    ...(report.failed.length > 0
      ? [commandLink(RelocationCommand.retryFailed, vscode.l10n.t('Retry Failed…'), target)]
      : []),
    ...(image === undefined
      ? []
      : [commandLink(RegistryCommand.copyReference, vscode.l10n.t('Copy Reference'), image)]),
    ...(file === undefined
      ? []
      : [commandLink(RelocationCommand.verifyTarball, vscode.l10n.t('Verify Tarball'), file)]),
    ...(report.receipt === undefined
      ? []
      : [commandLink(RelocationCommand.showReceipt, vscode.l10n.t('Show Receipt'), target)]),
    commandLink(RelocationCommand.reveal, vscode.l10n.t('Reveal'), target),
    ...(image === undefined || report.root?.isBundle !== true
      ? []
      : [commandLink(AuditCommand.audit, vscode.l10n.t('Audit'), image)]),
    ...(image !== undefined && hasPackages(report)
      ? [commandLink(PackagingCommand.create, vscode.l10n.t('Create PackageRepository'), image)]
      : []),
    commandLink(MapCommand.showMap, vscode.l10n.t('Show Map'), target),
    ...(record.transfer === undefined
      ? []
      : [commandLink(MapCommand.showThroughput, vscode.l10n.t('Show Throughput'), target)]),
    commandLink(RelocationCommand.runAgain, vscode.l10n.t('Run Again…'), target),
    commandLink(RelocationCommand.saveReport, vscode.l10n.t('Save Report as JSON…'), target),
    commandLink(MapCommand.saveMap, vscode.l10n.t('Save as HTML…'), target),
    commandLink(RelocationCommand.showLog, vscode.l10n.t('Show Log')),
  ];
}

function errorPart(error: Error): Html {
  const { message, remedy } = errorText(error);
  return html`<p class="bad">${message}</p>
    ${remedy === undefined ? undefined : html`<p>${remedy}</p>`}`;
}

function facts({ request, cluster, startedAt, changedAt, report }: RelocationRecord): Html {
  const options = optionNames(request.options ?? {});
  const time = (at: number): Html => html`${new Date(at).toLocaleString()}`;
  const rows: (readonly [name: string, value: Html])[] = [
    [vscode.l10n.t('From'), html`<code>${sourceText(request.source)}</code>`],
    [vscode.l10n.t('To'), html`<code>${destinationText(request.destination)}</code>`],
    ...(report?.root === undefined || report.failed.length > 0
      ? []
      : [[vscode.l10n.t('Reference'), html`<code>${report.root.reference}</code>`] as const]),
    ...(report === undefined || report.tags.length === 0
      ? []
      : [[vscode.l10n.t('Tags'), html`<code>${report.tags.join(', ')}</code>`] as const]),
    ...(report === undefined || report.tagsNotSet.length === 0
      ? []
      : [[vscode.l10n.t('Tags not set'), html`<span class="bad">${notSet(report)}</span>`] as const]),
    ...(cluster === undefined
      ? []
      : [
          [vscode.l10n.t('In the cluster'), html`${cluster.context}, Job ${cluster.namespace}/${cluster.job}`] as const,
        ]),
    ...(options.length === 0 ? [] : [[vscode.l10n.t('Options'), html`${options.join(', ')}`] as const]),
    ...(report?.attachments === undefined ? [] : attachmentRows(report.attachments)),
    ...(report?.policy === undefined ? [] : [[vscode.l10n.t('Policy'), policyPart(report.policy)] as const]),
    [vscode.l10n.t('Started'), time(startedAt)],
    ...(report === undefined ? [] : [[vscode.l10n.t('Ended'), time(changedAt)] as const, ...totals(report)]),
  ];
  return html`<table>
    ${rows.map(
      ([name, value]) =>
        html`<tr>
          <th scope="row">${name}</th>
          <td>${value}</td>
        </tr>`,
    )}
  </table>`;
}

/** What is signed, what was copied along, and what stayed behind. */
function attachmentRows({ images, signed, carried, left }: AttachmentSummary): (readonly [string, Html])[] {
  return [
    ...(signed === 0
      ? []
      : [[vscode.l10n.t('Signed'), html`${vscode.l10n.t('{0} of {1} images', signed, images)}`] as const]),
    ...(totalOf(carried) === 0 ? [] : [[vscode.l10n.t('Copied along'), html`${countsText(carried)}`] as const]),
    ...(totalOf(left) === 0
      ? []
      : [[vscode.l10n.t('Not copied'), html`<span class="bad">${countsText(left)}</span>`] as const]),
  ];
}

function policyPart({ path, mode, judged, refused }: PolicySummary): Html {
  const admitted = vscode.l10n.t('{0} of {1} images admitted', judged - refused, judged);
  const warned = mode === 'warn' ? vscode.l10n.t(' (only reported)') : '';
  return html`<code>${path}</code>: <span class="${refused > 0 ? 'bad' : ''}">${admitted}${warned}</span>`;
}

function notSet({ tagsNotSet }: RelocationReport): string {
  return vscode.l10n.t('{0}, because the bundle is not complete', tagsNotSet.join(', '));
}

function totals({ images, blobs, bytes, transferSeconds }: RelocationReport): (readonly [name: string, value: Html])[] {
  const rate = transferSeconds > 0 ? formatBytes(bytes.copied / transferSeconds) : formatBytes(0);
  const blobsText = vscode.l10n.t(
    '{0} copied, {1} mounted, {2} already present, {3} skipped',
    blobs.copied,
    blobs.mounted,
    blobs.present,
    blobs.skipped,
  );
  return [
    [vscode.l10n.t('Images'), html`${vscode.l10n.t('{0} copied, {1} already present', images.copied, images.present)}`],
    [vscode.l10n.t('Layers and configs'), html`${blobsText}`],
    [
      vscode.l10n.t('Data'),
      html`${vscode.l10n.t('{0} copied of {1}', formatBytes(bytes.copied), formatBytes(bytes.total))}`,
    ],
    [vscode.l10n.t('Time of transfer'), html`${vscode.l10n.t('{0}, {1}/s', formatSeconds(transferSeconds), rate)}`],
  ];
}

function subsetPart({ subset }: RelocationReport): Html | undefined {
  if (subset === undefined) return undefined;
  return html`<h2>${vscode.l10n.t('Subset')}</h2>
    <ul>
      ${subsetSummaryLines(subset).map((line) => html`<li>${line}</li>`)}
    </ul>`;
}

function imagesPart({ results = [], failed }: RelocationReport): Html | undefined {
  const isFailed = new Set(failed.map(({ digest }) => digest));
  const others = results.filter(({ digest }) => !isFailed.has(digest));
  const sorted = [...others].sort((a, b) => Number(a.result === 'present') - Number(b.result === 'present'));
  const rows = [...failed.map((each) => failedRow(each, results)), ...sorted.map(resultRow)];
  if (rows.length === 0) return undefined;
  const left = rows.length - MAX_ROWS;
  const more = vscode.l10n.t('{0} more are in the report as JSON.', left);
  return html`<h2>${vscode.l10n.t('Images')}</h2>
    <table class="list">
      <thead>
        <tr>
          <th scope="col">${vscode.l10n.t('Image')}</th>
          <th scope="col">${vscode.l10n.t('Kind')}</th>
          <th scope="col">${vscode.l10n.t('Digest')}</th>
          <th scope="col" class="number">${vscode.l10n.t('Size')}</th>
          <th scope="col">${vscode.l10n.t('Result')}</th>
        </tr>
      </thead>
      <tbody>
        ${rows.slice(0, MAX_ROWS)}
      </tbody>
    </table>
    ${left > 0 ? html`<p>${more}</p>` : undefined}`;
}

function resultRow({ reference, digest, kind, bytes, result, verdict, scan }: ImageResult): Html {
  const outcome =
    result === 'copied'
      ? html`${vscode.l10n.t('copied')}`
      : html`<span class="quiet">${vscode.l10n.t('already present')}</span>`;
  const text = html`${outcome}${verdict === undefined ? undefined : html`<br />${verdictPart(verdict)}`}${scanPart(scan)}`;
  return row(reference, artifactName(kind), digest, formatBytes(bytes), text);
}

/** Who signed an image, and which part of the policy admitted it; or why it is not admitted. */
function verdictPart(verdict: Verdict): Html {
  const scope = vscode.l10n.t('Scope of the policy: {0}', verdict.scope);
  return html`<span class="${verdict.admitted ? 'quiet' : 'bad'}" title="${scope}">${verdictText(verdict)}</span>`;
}

/** The output is on demand, because it can be long. */
function scanPart(scan: ImageResult['scan']): Html | undefined {
  if (scan === undefined) return undefined;
  const text = vscode.l10n.t('accepted by the scanner');
  if (scan.output === '') return html`<br /><span class="quiet">${text}</span>`;
  return html`<details>
    <summary class="quiet">${text}</summary>
    <pre>${scan.output.split('\n').map((line) => html`${line}<br />`)}</pre>
  </details>`;
}

/** What went wrong is on demand, because it is the text of a registry or a library. */
function failedRow({ reference, digest, code, reason }: FailedImage, results: readonly ImageResult[]): Html {
  const known = results.find((each) => each.digest === digest);
  const [kind, size] = known === undefined ? ['', ''] : [artifactName(known.kind), formatBytes(known.bytes)];
  const text = html`<details>
    <summary class="bad">${vscode.l10n.t('failed')}</summary>
    ${reason} (${code})
  </details>`;
  return row(reference, kind, digest, size, text);
}

function row(reference: string, kind: string, digest: string, size: string, result: Html): Html {
  const [place = reference] = reference.split('@');
  return html`<tr>
    <th scope="row"><code>${place}</code></th>
    <td>${kind}</td>
    <td><code class="digest" title="${digest}">${digest}</code></td>
    <td class="number">${size}</td>
    <td>${result}</td>
  </tr>`;
}

function warningsPart({ warnings }: RelocationReport): Html | undefined {
  if (warnings.length === 0) return undefined;
  const item = (warning: string): Html => {
    const { text, details } = warningParts(warning);
    if (details === undefined) return html`<li>${text}</li>`;
    return html`<li>
      <details>
        <summary>${text}</summary>
        <pre>${details.split('\n').map((line) => html`${line}<br />`)}</pre>
      </details>
    </li>`;
  };
  return html`<h2>${vscode.l10n.t('Warnings')}</h2>
    <ul>
      ${warnings.map(item)}
    </ul>`;
}

/** Absent if the first attempt succeeded. What pods send while nobody looks belongs to no attempt. */
function attemptsPart({ attempts, cluster }: RelocationRecord): Html | undefined {
  if (attempts.length < 2) return undefined;
  const lines = attempts.map(({ startedAt, lastAt, end = 'interrupted', bytesSent }) => {
    const facts = [
      new Date(startedAt).toLocaleString(),
      formatSeconds((lastAt - startedAt) / 1000),
      endText(end),
    ] as const;
    return cluster === undefined
      ? vscode.l10n.t('{0}, {1}: {2}, {3} sent', ...facts, formatBytes(bytesSent))
      : vscode.l10n.t('{0}, {1}: {2}', ...facts);
  });
  return html`<h2>${vscode.l10n.t('Attempts')}</h2>
    <ol>
      ${lines.map((line) => html`<li>${line}</li>`)}
    </ol>`;
}
