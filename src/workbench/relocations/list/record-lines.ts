import { parseTransferHistory, parseTransferMark } from '../../../map/transfer-history.ts';
import type { ClusterPlace } from '../../../jobs/cluster-engine.ts';
import { isDigest } from '../../../oci/digest.ts';
import { defined, isRecord, record, text } from '../../../base/json.ts';
import type { JsonRecord } from '../../../base/json.ts';
import { parseReport } from '../../../relocation/report/parse-report.ts';
import { parseRequest } from '../../../relocation/request/parse-request.ts';
import { parseNotedError } from '../../../base/serialized-error.ts';
import type { AttemptNote, ClusterJob, Figures, RelocationRecord, RelocationState } from './record.ts';
import { withMark, withState, withProgress } from './record-changes.ts';

const VERSION = 1;
/** Excludes `interrupted`, which is never written: it is recognized by a missing end. */
const STATES: ReadonlySet<unknown> = new Set<RelocationState>([
  'waiting',
  'running',
  'delayed',
  'paused',
  'cancelled',
  'failed',
  'finished',
]);

/** The first line of a relocation's journal. */
export function headLine(record: RelocationRecord): object {
  const { name, request, cluster, startedAt, root, origin, imagesPresent, presentDigests, agreed } = record;
  const optional = { ...(root === undefined ? {} : { root }), ...(origin === undefined ? {} : { origin }) };
  return { version: VERSION, name, request, cluster, startedAt, imagesPresent, presentDigests, agreed, ...optional };
}

/** The totals of the attempt in a progress line. */
export function attemptLine({
  lastAt,
  bytesSent,
  bytesRead,
  brought,
  transferSeconds,
  blobsTotal,
}: AttemptNote): object {
  return { sent: bytesSent, read: bytesRead, at: lastAt, brought, seconds: transferSeconds, blobs: blobsTotal };
}

/**
 * Parses the journal of a relocation. Its lines are untrusted: anything in another format is ignored.
 * @returns the record, or a text that explains why the first line does not describe a relocation
 */
export function parseRecord(id: string, lines: readonly unknown[]): RelocationRecord | string {
  const [head, ...rest] = lines;
  if (!isRecord(head) || head['version'] !== VERSION) return `version: expected ${VERSION}`;
  const { name, startedAt, root, origin, imagesPresent, presentDigests, agreed } = head;
  if (typeof name !== 'string' || !isTime(startedAt)) return 'name, startedAt: expected a text and a time';
  const optional = {
    ...(isCount(imagesPresent) ? { imagesPresent } : {}),
    ...(Array.isArray(presentDigests) ? { presentDigests: presentDigests.filter(isDigest) } : {}),
    ...(hasCounts(agreed, ['blobs', 'skipped', 'bytes']) ? { agreed } : {}),
    ...(isDigest(root) ? { root } : {}),
    ...(origin === 'task' ? { origin: 'task' as const } : {}),
    ...defined({ cluster: parseCluster(head['cluster']) }),
  };
  try {
    const request = parseRequest(head['request'], (reason) => new Error(reason));
    const initial = { state: 'waiting', changedAt: startedAt, attempts: [] } as const;
    const first: RelocationRecord = { id, name, request, startedAt, ...initial, ...optional };
    return rest.filter(isRecord).reduce(applyLine, first);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function parseCluster(value: unknown): ClusterJob | undefined {
  const [place, job] = [parsePlace(value), text(record(value)['job'])];
  return place === undefined || job === undefined ? undefined : { ...place, job };
}

/** Where a relocation runs in a cluster; undefined if the value does not say so. */
export function parsePlace(value: unknown): ClusterPlace | undefined {
  const { context, namespace, image, pods, bandwidth } = record(value);
  if (typeof context !== 'string' || typeof namespace !== 'string' || typeof image !== 'string') return undefined;
  if (!isCount(pods) || pods < 1) return undefined;
  return { context, namespace, image, pods, ...(isCount(bandwidth) && bandwidth > 0 ? { bandwidth } : {}) };
}

function applyLine(record: RelocationRecord, line: JsonRecord): RelocationRecord {
  const { state, at, figures, answered, sent, read, brought, seconds, blobs } = line;
  if (isState(state) && isTime(at)) return applyState(record, state, at, line);
  if (answered === true) return { ...record, isAnswered: true };
  const transfer = parseTransferHistory(line['transfer']);
  // What an attempt transferred is stored in detail when it ends.
  if (transfer !== undefined) return { ...record, transfer };
  const mark = parseTransferMark(line['mark']);
  if (mark !== undefined) return withMark(record, mark);
  if (!isFigures(figures)) return record;
  const done = {
    bytesSent: isCount(sent) ? sent : 0,
    bytesRead: isCount(read) ? read : 0,
    brought: hasCounts(brought, ['copied', 'mounted', 'bytes']) ? brought : { copied: 0, mounted: 0, bytes: 0 },
    transferSeconds: typeof seconds === 'number' && seconds > 0 ? seconds : 0,
    blobsTotal: isCount(blobs) ? blobs : 0,
  };
  return withProgress(record, figures, done, isTime(at) ? at : 0);
}

function applyState(record: RelocationRecord, state: RelocationState, at: number, line: JsonRecord): RelocationRecord {
  const error = parseNotedError(line['error']);
  const report = parseReport(line['report']);
  const { until } = line;
  return withState(record, {
    state,
    changedAt: at,
    ...(error === undefined ? {} : { error }),
    ...(report === undefined ? {} : { report }),
    ...(isTime(until) ? { until } : {}),
  });
}

function isState(value: unknown): value is RelocationState {
  return STATES.has(value);
}

function isTime(value: unknown): value is number {
  return isCount(value) && value > 0 && value <= 8.64e15;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function hasCounts<Name extends string>(
  value: unknown,
  names: readonly Name[],
): value is Readonly<Record<Name, number>> {
  return isRecord(value) && names.every((name) => isCount(value[name]));
}

function isFigures(value: unknown): value is Figures {
  const isNumeric = hasCounts(value, ['bytesDone', 'bytesTotal', 'imagesDone', 'imagesTotal']);
  if (!isNumeric) return false;
  const bytesKept = 'bytesKept' in value ? value.bytesKept : 0;
  if (!isCount(bytesKept) || bytesKept > value.bytesTotal) return false;
  return value.bytesDone <= value.bytesTotal && value.imagesDone <= value.imagesTotal;
}
