import type { AirgapError } from '../base/errors.ts';
import { explain } from './finding.ts';
import type { AuditFinding } from './finding.ts';
import type { AuditedImage, AuditReport } from './report.ts';

/** The audit of a cluster for programs; docs/audit.schema.json describes it. */
export function clusterAuditDocument({ target, ...report }: AuditReport): object {
  return { kind: 'ClusterAudit', context: target, ...documentOf(report) };
}

/** A document that could not be audited. */
export interface AuditFailure {
  /** The reference, if known. */
  readonly target: string;
  readonly error: AirgapError;
}

/** The results for programs. */
export function auditDocument(results: readonly (AuditReport | AuditFailure)[], isAssumed: boolean): object {
  const reports = results.filter((result): result is AuditReport => !('error' in result));
  const failures = results.filter((result) => 'error' in result);
  return {
    kind: 'Audit',
    isInside: failures.length === 0 && reports.every(({ isInside }) => isInside),
    isComplete: failures.length === 0 && reports.every(({ isComplete }) => isComplete),
    bundles: reports.map((report) => ({ ...documentOf(report), isInsideAssumed: isAssumed })),
    failures: failures.map(({ target, error: { code, message, remedy } }) => ({
      ...(target === '' ? {} : { target }),
      code,
      message,
      ...(remedy === undefined ? {} : { remedy }),
    })),
  };
}

function documentOf(report: Omit<AuditReport, 'target'>): object {
  return {
    ...report,
    images: report.images.map((image) => withWords(image)),
    problems: report.problems.map(inWords),
    notChecked: report.notChecked.map(inWords),
  };
}

function withWords({ finding, ...image }: AuditedImage): object {
  return finding === undefined ? image : { ...image, finding: inWords(finding) };
}

function inWords(finding: AuditFinding): object {
  const { code, message, remedy } = explain(finding);
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
}
