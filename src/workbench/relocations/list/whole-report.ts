import type { RelocationReport } from '../../../relocation/report.ts';
import type { AttemptNote, RelocationRecord } from './record.ts';

/**
 * The report of the last attempt as one over all of them: what an earlier one brought was not there already. Only its blobs are
 * those of the last attempt, since an image that was complete is not looked into again.
 * @param record with the last attempt under way
 */
export function wholeReport(
  report: RelocationReport,
  { attempts, imagesPresent }: Pick<RelocationRecord, 'attempts' | 'imagesPresent'>,
): RelocationReport {
  const earlier = attempts.slice(0, -1);
  const { images, bytes, seconds } = report;
  const brought = earlier.length === 0 ? 0 : Math.max(0, images.present - (imagesPresent ?? images.present));
  return {
    ...report,
    images: { ...images, copied: images.copied + brought, present: images.present - brought },
    // What was lost under way is sent twice, and is one copy.
    bytes: { ...bytes, copied: Math.min(bytes.total, bytes.copied + sum(earlier, ({ bytesSent }) => bytesSent)) },
    seconds: seconds + sum(earlier, ({ startedAt, lastAt }) => (lastAt - startedAt) / 1000),
  };
}

function sum(attempts: readonly AttemptNote[], of: (attempt: AttemptNote) => number): number {
  return attempts.reduce((total, attempt) => total + of(attempt), 0);
}
