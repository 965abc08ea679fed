import * as vscode from 'vscode';

import { explain } from '../../audit/finding.ts';
import type { AuditFinding } from '../../audit/finding.ts';
import type { AuditReport } from '../../audit/report.ts';
import { isAbort } from '../../base/errors.ts';
import { defined } from '../../base/json.ts';
import { MapCommand } from '../../contract/map.ts';
import { RelocationCommand } from '../../contract/relocations.ts';
import type { MapItem, MapState } from '../../map/map-data.ts';
import { mapOfAudit, mapOfPlan, mapOfReport, mapOfRun } from '../../map/overlays.ts';
import { tryParseReference } from '../../oci/reference.ts';
import type { Description } from '../../relocation/describe.ts';
import type { DescribedFile } from '../../relocation/describe-file.ts';
import type { PlannedImage } from '../../relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../../relocation/report/report.ts';
import { destinationText, sourceText } from '../../relocation/request/request.ts';
import { imageActions, reportActions } from '../audit/report-actions.ts';
import { auditHeadline, auditReportText } from '../audit/report-text.ts';
import { errorText } from '../errors/error-text.ts';
import { withProgress } from '../progress.ts';
import type { MapReader } from '../registries/registry-reader.ts';
import type { RelocationRecord } from '../relocations/list/record.ts';
import { reportPage } from '../relocations/report/report-page.ts';
import type { RelocationSnapshot } from '../relocations/list/relocation-attempt.ts';
import type { JobPlan } from '../relocations/relocation-job.ts';
import { withoutLinks } from '../text/formatting.ts';
import type { ActionText } from '../view/document-actions.ts';
import { html } from '../view/html.ts';
import type { Html } from '../view/html.ts';
import { registryActions } from './map-actions.ts';
import type { ShownMap } from './map-pages.ts';
import { placeStates, planStates, reportStates, runStates, summaryOf } from './map-texts.ts';
import { transferPage, transferState } from './transfer-state.ts';

export interface DescriptionReader {
  readonly reader: MapReader;
  readonly describeFile: (path: string, signal: AbortSignal) => Promise<DescribedFile>;
}

/** How an audit is shown: what it is of, the cluster that pulls, and when it was made. */
export interface ShownAudit {
  readonly name?: string | undefined;
  readonly context?: string | undefined;
  readonly when?: Date | undefined;
}

/** A map of an audit with its findings, those that have a remedy first. */
export async function mapOfAuditReport(
  parts: DescriptionReader,
  report: AuditReport,
  { name = report.target, context, when = new Date() }: ShownAudit,
): Promise<ShownMap> {
  const { target, images, problems, notChecked } = report;
  // What a cluster pulls is not one bundle.
  const description = name === context ? undefined : await describe(parts, { reference: target });
  const map = mapOfAudit(report, description);
  const positions = new Map(map.items.flatMap((item, position) => keysOf(item).map((key) => [key, position] as const)));
  const wrong = images.filter(({ status }) => status !== 'inside');
  const about = (title: string, neededBy: string, state: MapState, finding?: AuditFinding) => {
    const { message = '', remedy = '' } = finding === undefined ? {} : errorText(explain(finding));
    return { title, neededBy, text: message, remedy: remedy, state };
  };
  const states = {
    inside: 'inside',
    missing: 'missing',
    outside: 'outside',
    unauthenticated: 'unknown',
    unknown: 'unknown',
  } as const;
  const whole = reportActions(report, 0).map(({ command }) => command);
  const findings: ShownMap['findings'] = [
    ...(wrong.length === 0 ? [] : [{ ...about(auditHeadline(report), '', 'missing'), actions: whole }]),
    ...wrong.map((image) => {
      const digest = tryParseReference(image.reference)?.digest;
      const item = positions.get(digest ?? '') ?? positions.get(image.reference);
      return {
        ...about(titleOf(image.origin), image.neededBy.join(', '), states[image.status], image.finding),
        actions: imageActions(image, context, 0).map(({ command }) => command),
        ...(item === undefined ? {} : { item }),
      };
    }),
    ...problems.map((each) => ({ ...about(vscode.l10n.t('Problem'), '', 'unknown', each), actions: [] })),
    ...notChecked.map((each) => ({ ...about(vscode.l10n.t('Not checked'), '', 'unknown', each), actions: [] })),
  ];
  return {
    id: `audit:${name}`,
    title: name,
    summary: [auditHeadline(report), summaryOf(map)].join(' · '),
    map,
    states: placeStates(),
    findings,
    saved: () => ({ report: auditText(auditReportText(name, report, when, defined({ context }))) }),
    actionsOf: registryActions,
  };
}

function auditText({ text }: ActionText): Html {
  const [headline = '', ...lines] = text.split('\n');
  return html`<h1>${headline}</h1>
    <pre>${lines.map((line) => html`${line}<br />`)}</pre>`;
}

/** The path of a reference; the whole of it is in the text of the finding. */
function titleOf(reference: string): string {
  const parsed = tryParseReference(reference);
  return parsed === undefined ? reference : parsed.path;
}

function keysOf({ digest, reference }: MapItem): string[] {
  return [digest, reference].filter((key) => key !== undefined);
}

/** A map of what a relocation did. */
export async function mapOfRecord(
  parts: DescriptionReader,
  record: RelocationRecord,
  report: RelocationReport,
): Promise<ShownMap> {
  const { id, name, request } = record;
  const { destination } = request;
  const place = destination.kind === 'archive' ? { path: destination.path } : { reference: report.root?.reference };
  const map = mapOfReport(report, await describe(parts, place));
  const target = [{ relocation: id }];
  const transfer = { command: MapCommand.showThroughput, title: vscode.l10n.t('Show Throughput'), arguments: target };
  const retry = { command: RelocationCommand.retryFailed, title: vscode.l10n.t('Retry Failed…'), arguments: target };
  const show = { command: RelocationCommand.showReport, title: vscode.l10n.t('Show Report'), arguments: target };
  return {
    id: `report:${id}`,
    title: name,
    summary: [`${report.source} → ${report.destination}`, summaryOf(map)].join(' · '),
    map,
    states: reportStates(),
    findings: [],
    saved: () => {
      const state = transferState({ record, live: undefined, isElsewhere: false });
      const hasHistory = record.transfer !== undefined;
      const throughput = hasHistory ? { throughput: { page: transferPage(record), state } } : {};
      return { report: reportPage(record, { hasLinks: false }), ...throughput };
    },
    actionsOf: (item) => [
      ...(item.parent < 0 ? [show, transfer, ...(report.failed.length > 0 ? [retry] : [])] : []),
      ...registryActions({ ...item, state: item.state === 'missing' ? 'unknown' : item.state }),
    ],
  };
}

/** A map of what a running relocation has copied so far. */
export async function mapOfRunning(
  parts: DescriptionReader,
  { record: { id, name, request }, live }: RelocationSnapshot,
): Promise<ShownMap> {
  const [source, destination] = [sourceText(request.source), destinationText(request.destination)];
  const { images = [], results = new Map() } = live ?? {};
  const description = await describe(parts, request.source.kind === 'archive' ? request.source : placeOf(images));
  const map = mapOfRun(source, images, results, description);
  const target = [{ relocation: id }];
  const transfer = { command: MapCommand.showThroughput, title: vscode.l10n.t('Show Throughput'), arguments: target };
  const pause = { command: RelocationCommand.pause, title: vscode.l10n.t('Pause'), arguments: target };
  const now = vscode.l10n.t('as of {0}', new Date().toLocaleTimeString());
  return {
    id: `run:${id}`,
    title: name,
    summary: [`${source} → ${destination}`, summaryOf(map), now].join(' · '),
    map,
    states: runStates(),
    findings: [],
    actionsOf: (item) => [
      ...(item.parent < 0 ? [transfer, pause] : []),
      ...registryActions({ ...item, state: item.state === 'missing' ? 'unknown' : item.state }),
    ],
  };
}

/** Where the bundle is read from, if there is one. */
function placeOf(images: readonly PlannedImage[]): { reference?: string } {
  const roots = images.filter(({ kind }) => kind === 'bundle');
  const [root] = images.length === 1 ? images : roots.length === 1 ? roots : [];
  return root === undefined ? {} : { reference: root.reference };
}

/** A map of what a relocation would do. */
export async function mapOfJobPlan(parts: DescriptionReader, { job, view }: JobPlan): Promise<ShownMap> {
  const { source } = job.request;
  // A subset is a bundle that no registry has yet.
  const place =
    view.subset !== undefined ? {} : 'reference' in source ? source : source.kind === 'archive' ? source : {};
  const map = mapOfPlan(view, await describe(parts, place));
  return {
    id: `plan:${view.source}>${view.destination}`,
    title: job.name,
    summary: [`${view.source} → ${view.destination}`, summaryOf(map)].join(' · '),
    map,
    states: planStates(),
    findings: [],
    actionsOf: registryActions,
  };
}

/** Undefined if the content cannot be read now: then a map shows what its document lists. */
async function describe(
  { reader, describeFile }: DescriptionReader,
  { reference, path }: { readonly reference?: string | undefined; readonly path?: string },
): Promise<Description | undefined> {
  const name = reference ?? path;
  if (name === undefined) return undefined;
  const title = vscode.l10n.t('Reading the content of {0}', withoutLinks(name));
  return withProgress(title, async (signal) => {
    try {
      if (reference !== undefined) return await reader.describeWhole(reference, signal);
      const file = path === undefined ? undefined : await describeFile(path, signal);
      return file?.kind === 'archive' ? file.description : undefined;
    } catch (error) {
      if (isAbort(error)) throw error;
      return undefined;
    }
  });
}
