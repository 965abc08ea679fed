import type { AuditFinding } from '../../audit/finding.ts';
import type { AuditReport } from '../../audit/report.ts';

/**
 * Removes known secrets from the reasons in a report, which come from registries and proxies.
 * @param hide removes secrets from a text
 */
export function redactedReport(report: AuditReport, hide: (text: string) => string): AuditReport {
  const redacted = ({ code, args }: AuditFinding): AuditFinding => ({
    code,
    args: Object.fromEntries(
      Object.entries(args).map(([name, value]) => [name, typeof value === 'string' ? hide(value) : value]),
    ),
  });
  return {
    ...report,
    images: report.images.map((image) =>
      image.finding === undefined ? image : { ...image, finding: redacted(image.finding) },
    ),
    problems: report.problems.map(redacted),
    notChecked: report.notChecked.map(redacted),
  };
}
