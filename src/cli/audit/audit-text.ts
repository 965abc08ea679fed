import { printable } from '../../base/printable.ts';
import { explain } from '../../audit/finding.ts';
import type { AuditFinding } from '../../audit/finding.ts';
import type { AuditedImage, AuditReport, AuditStatus } from '../../audit/report.ts';
import { formatTable } from '../output/table.ts';

const STATUS: Readonly<Record<AuditStatus, string>> = {
  inside: 'inside',
  missing: 'MISSING',
  outside: 'OUTSIDE',
  unauthenticated: 'UNAUTHENTICATED',
  unknown: 'UNKNOWN',
};

/** What an audit found, for people: a row for each image, then why each that is not inside is not, then what it comes to. */
export function auditText(
  { target, images, problems, totals, isInside }: AuditReport,
  columns: readonly string[],
): string {
  const table = {
    columns: [{ title: 'Status' }, { title: 'Kind' }, { title: 'Pulled from' }, { title: 'Named as' }],
    rows: images.map(({ status, kind, reference, origin }) => [
      STATUS[status],
      kind ?? '',
      printable(reference),
      origin === reference ? '' : printable(origin),
    ]),
  };
  const findings = [...new Map([...images.flatMap(({ finding }) => finding ?? []), ...problems].map(keyed)).values()];
  const wrong = totals.images - totals.inside;
  return [
    formatTable(table, columns),
    ...findings.flatMap(findingLines),
    isInside
      ? `${target}: all ${totals.images} images are inside`
      : `${target}: NOT everything is inside: ${wrong} of ${totals.images} images are not, ${problems.length} further problems`,
  ].join('\n');
}

/** What was found in all bundles, for programs. */
export function auditDocument(reports: readonly AuditReport[]): object {
  return {
    kind: 'Audit',
    isInside: reports.every(({ isInside }) => isInside),
    bundles: reports.map((report) => ({
      ...report,
      images: report.images.map((image) => withWords(image)),
      problems: report.problems.map(inWords),
    })),
  };
}

function withWords({ finding, ...image }: AuditedImage): object {
  return finding === undefined ? image : { ...image, finding: inWords(finding) };
}

function inWords(finding: AuditFinding): object {
  const { code, message, remedy } = explain(finding);
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
}

function findingLines(finding: AuditFinding): string[] {
  const { message, remedy } = explain(finding);
  return [`- ${message}`, ...(remedy === undefined ? [] : [`  What to do: ${remedy}`])];
}

function keyed(finding: AuditFinding): [string, AuditFinding] {
  return [explain(finding).message, finding];
}
