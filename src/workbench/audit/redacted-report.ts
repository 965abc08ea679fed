import type { AuditFinding } from '../../audit/finding.ts';
import type { AuditReport } from '../../audit/report.ts';

/** Reasons come from registries and proxies: known secrets in them are taken out. @param hide takes secrets out of a text */
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
