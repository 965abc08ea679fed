import type { RelocationReport } from '../../../relocation/report/report.ts';
import type { AttemptNote, RelocationRecord } from './record.ts';

/** The parts of a record that the merged report needs. */
export type AttemptsRecord = Pick<RelocationRecord, 'attempts' | 'imagesPresent' | 'presentDigests' | 'agreed'>;

/**
 * Merges the report of the last attempt with the earlier attempts: what they copied does not count as already present, and
 * nothing counts twice.
 * @param record the record with the last attempt in progress
 */
export function mergeAttemptReports(report: RelocationReport, record: AttemptsRecord): RelocationReport {
  const { attempts, imagesPresent } = record;
  const earlier = attempts.slice(0, -1);
  const last = attempts.at(-1);
  if (earlier.length === 0 || last === undefined) return report;
  const { images, seconds, transferSeconds } = report;
  const brought = Math.max(0, images.present - (imagesPresent ?? images.present));
  return {
    ...report,
    images: { ...images, copied: images.copied + brought, present: images.present - brought },
    ...mergeResults(report, record),
    ...mergeContentTotals(report, record, earlier, last),
    seconds: seconds + sum(earlier, ({ startedAt, lastAt }) => (lastAt - startedAt) / 1000),
    transferSeconds: transferSeconds + sum(earlier, (attempt) => attempt.transferSeconds),
  };
}

/** What was not there when the user confirmed the plan was copied by an earlier attempt. */
function mergeResults(
  { results }: RelocationReport,
  { presentDigests }: AttemptsRecord,
): Pick<RelocationReport, 'results'> {
  if (results === undefined || presentDigests === undefined) return results === undefined ? {} : { results };
  const before = new Set(presentDigests);
  return {
    results: results.map((each) =>
      each.result === 'present' && !before.has(each.digest) ? { ...each, result: 'copied' } : each,
    ),
  };
}

/**
 * Each blob is completed by one attempt and reused by the next, so the recorded counts add up. If an attempt was
 * interrupted, its last seconds are not recorded; then everything that was approved and is present at the end counts as
 * copied.
 */
function mergeContentTotals(
  { blobs, bytes, failed }: RelocationReport,
  { agreed, attempts }: AttemptsRecord,
  earlier: readonly AttemptNote[],
  last: AttemptNote,
): Pick<RelocationReport, 'blobs' | 'bytes'> {
  const reported = blobs.copied + blobs.mounted + blobs.present + blobs.skipped;
  const left = failed.length === 0 ? 0 : Math.max(0, last.blobsTotal - reported);
  const copied = blobs.copied + sum(earlier, ({ brought }) => brought.copied);
  const mounted = blobs.mounted + sum(earlier, ({ brought }) => brought.mounted);
  const most = agreed?.blobs ?? copied + mounted;
  const hasUnrecordedWork = agreed !== undefined && earlier.some(({ end = 'interrupted' }) => end === 'interrupted');
  const all = hasUnrecordedWork ? Math.max(0, most - left) : Math.min(most, copied + mounted);
  const allMounted = copied === 0 && mounted > 0 ? all : Math.min(mounted, all);
  const skipped = agreed?.skipped ?? blobs.skipped;
  const total = Math.max(reported, ...attempts.map(({ blobsTotal }) => blobsTotal));
  const sent = Math.max(bytes.copied, last.brought.bytes) + sum(earlier, ({ brought }) => brought.bytes);
  const copiedEverything = hasUnrecordedWork && failed.length === 0 && allMounted === 0;
  return {
    blobs: {
      copied: all - allMounted,
      mounted: allMounted,
      present: Math.max(0, total - left - all - skipped),
      skipped,
    },
    bytes: { ...bytes, copied: copiedEverything ? agreed.bytes : Math.min(agreed?.bytes ?? bytes.total, sent) },
  };
}

function sum(attempts: readonly AttemptNote[], of: (attempt: AttemptNote) => number): number {
  return attempts.reduce((total, attempt) => total + of(attempt), 0);
}
