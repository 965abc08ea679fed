import { formatDocument } from '../base/document.ts';
import { objectOrEmpty } from '../oci/json.ts';
import { parseRequest } from './parse-request.ts';
import type { Invalid } from './parse-request.ts';
import { pinnedRequest } from './pinned-request.ts';
import type { RelocationReport, ReportedAttempt } from './report.ts';
import type { RelocationRequest } from './request.ts';

/**
 * A report as a file: what was asked for, and what came of it. `requestOfFailed` reads it.
 * @param attempts over which the report is, where they are known
 */
export function formatReport(
  request: RelocationRequest,
  report: RelocationReport,
  attempts: readonly ReportedAttempt[] = [],
): string {
  const { lock: _, ...told } = report;
  return formatDocument({ kind: 'Report', request, ...told, ...(attempts.length === 0 ? {} : { attempts }) });
}

/**
 * The request that copies what failed, and what could not get its name because of that: the same once more, with its root
 * named by digest. What is there is not copied again.
 * @param document what `formatReport` wrote, parsed as JSON
 * @throws what `invalid` makes, also where nothing failed
 */
export function requestOfFailed(document: unknown, invalid: Invalid): RelocationRequest {
  const { kind, request, root, failed } = objectOrEmpty(document);
  if (kind !== 'Report') throw invalid('kind: expected Report');
  if (!Array.isArray(failed) || failed.length === 0) throw invalid('failed: no image failed, there is nothing to do');
  const { digest } = objectOrEmpty(root);
  return pinnedRequest(
    parseRequest(request, invalid),
    typeof digest === 'string' && digest !== '' ? digest : undefined,
  );
}
