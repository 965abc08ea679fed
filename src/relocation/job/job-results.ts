import { array, record, text, wholeNumber } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { noteError, parseNotedError } from '../../base/serialized-error.ts';
import { isDigest } from '../../oci/digest.ts';
import type { FailedImage } from '../keep-going.ts';
import type { RelocationReport } from '../report/report.ts';
import type { RelocationRequest } from '../request/request.ts';
import { jobName } from './job-plan.ts';

/** What is known of a relocation that the pods of a Job have finished. */
export type FinishedReport = Pick<
  RelocationReport,
  'images' | 'blobs' | 'bytes' | 'seconds' | 'transferSeconds' | 'tags' | 'tagsNotSet' | 'warnings' | 'failed'
>;

/** What became of one request of a Job. */
export type RequestResult = { readonly report: FinishedReport } | { readonly error: Error };

/** Identifies a request of a Job. */
function keyOf(request: RelocationRequest): string {
  return jobName(request);
}

/** The results of a Job as plain data. */
export function formatJobResults(results: readonly (readonly [RelocationRequest, RequestResult])[]): JsonRecord {
  return {
    results: results.map(([request, result]) => {
      const key = keyOf(request);
      if ('error' in result) return { key, error: noteError(result.error, (each) => each) };
      const { images, blobs, bytes, seconds, transferSeconds, tags, tagsNotSet, warnings, failed } = result.report;
      const report = { images, blobs, bytes, seconds, transferSeconds, tags, tagsNotSet, warnings, failed };
      return { key, report };
    }),
  };
}

/**
 * Finds the result of a request in those of a Job, which come from a registry and are untrusted.
 * @returns undefined if there is none
 */
export function findJobResult(results: JsonRecord, request: RelocationRequest): RequestResult | undefined {
  const key = keyOf(request);
  const found = array(results['results'])
    .map(record)
    .find((each) => each['key'] === key);
  if (found === undefined) return undefined;
  if (found['error'] === undefined) return { report: reportOf(record(found['report'])) };
  const error = parseNotedError(found['error']);
  return { error: error ?? new Error('unknown') };
}

function reportOf({ images, blobs, bytes, seconds, transferSeconds, ...lists }: JsonRecord): FinishedReport {
  const of = <Name extends string>(value: unknown, ...names: Name[]): Record<Name, number> => {
    const counts = names.map((name) => [name, wholeNumber(record(value)[name]) ?? 0] as const);
    return Object.fromEntries(counts) as Record<Name, number>;
  };
  const texts = (value: unknown): string[] => array(value).flatMap((each) => text(each) ?? []);
  const time = (value: unknown): number => (typeof value === 'number' ? value : 0);
  return {
    images: of(images, 'total', 'copied', 'present'),
    blobs: of(blobs, 'copied', 'mounted', 'present', 'skipped'),
    bytes: of(bytes, 'total', 'copied'),
    seconds: time(seconds),
    transferSeconds: time(transferSeconds),
    tags: texts(lists['tags']),
    tagsNotSet: texts(lists['tagsNotSet']),
    warnings: texts(lists['warnings']),
    failed: array(lists['failed']).flatMap(failedOf),
  };
}

function failedOf(value: unknown): FailedImage[] {
  const { reference, digest, code, reason } = record(value);
  if (!isDigest(digest)) return [];
  return [{ reference: text(reference) ?? '', digest, code: text(code) ?? 'unknown', reason: text(reason) ?? '' }];
}
