import { formatDocument, record, text } from '../../base/json.ts';
import { tryParseReference } from '../../oci/reference.ts';
import { parseRequest } from '../request/parse-request.ts';
import type { Invalid } from '../request/parse-request.ts';
import { pinnedRequest } from '../request/request.ts';
import type { RelocationReport, ReportedAttempt } from './report.ts';
import type { RelocationRequest } from '../request/request.ts';

/**
 * Formats a report with its request as a file, which `requestOfFailed` reads.
 * @param attempts the attempts that the report covers, if known
 */
export function formatReport(
  request: RelocationRequest,
  report: RelocationReport,
  attempts: readonly ReportedAttempt[] = [],
): string {
  const { lock: _, ...stored } = report;
  return formatDocument({ kind: 'Report', request, ...stored, ...(attempts.length === 0 ? {} : { attempts }) });
}

/**
 * The request for copying what failed: the same request with its root pinned to a digest; what is already present is
 * not copied again.
 * @param document the parsed JSON that `formatReport` wrote
 * @throws the error from `invalid`, also if nothing failed
 */
export function requestOfFailed(document: unknown, invalid: Invalid): RelocationRequest {
  const { kind, request, root, subset, failed } = record(document);
  if (kind !== 'Report') throw invalid('kind: expected Report');
  if (!Array.isArray(failed) || failed.length === 0) throw invalid('failed: no image failed, there is nothing to do');
  // A subset is made again from the same bundle.
  const { of } = record(subset);
  const digest = typeof of === 'string' ? tryParseReference(of)?.digest : text(record(root)['digest']);
  return pinnedRequest(parseRequest(request, invalid), digest);
}
