import { formatCount } from '../../base/format.ts';
import { printable } from '../../base/printable.ts';
import type { SubsetNote } from '../../carvel/subset.ts';
import { explain } from '../../audit/finding.ts';
import type { AuditFinding } from '../../audit/finding.ts';
import type { AuditReport, AuditStatus } from '../../audit/report.ts';
import { formatTable } from '../output/table.ts';

const STATUS: Readonly<Record<AuditStatus, string>> = {
  inside: 'inside',
  missing: 'MISSING',
  outside: 'OUTSIDE',
  unauthenticated: 'NO CREDENTIALS',
  unknown: 'UNKNOWN',
};

/**
 * The result for people: a row per image, the explanations for those that are not inside, and a conclusion.
 * @param isAssumed whether the registry of the bundle counts as inside because the user named none
 */
export function auditText(report: AuditReport, columns: readonly string[], isAssumed: boolean): string {
  const { target, images, subset, platforms } = report;
  const table = {
    columns: [{ title: 'Status' }, { title: 'Kind' }, { title: 'Pulled from' }, { title: 'Named as' }],
    rows: images.map(({ status, kind, reference, origin }) => [
      STATUS[status],
      kind ?? '',
      printable(reference),
      origin === reference ? '' : printable(origin),
    ]),
  };
  const each = (findings: readonly AuditFinding[]): string[] => findings.flatMap(findingLines);
  return [
    formatTable(table, columns),
    ...explanations(report, each),
    ...(subset === undefined ? [] : [subsetText(subset)]),
    ...(platforms === undefined ? [] : [`Of indexes, only ${platforms.join(', ')} was required`]),
    `${target}: ${conclusion(report, isAssumed)}`,
  ].join('\n');
}

/** Maximum number of Packages that a text names. */
const MAX_NAMED = 20;

function subsetText({ of, packages, leftOut }: SubsetNote): string {
  const more = leftOut.length - MAX_NAMED;
  const names = leftOut.slice(0, MAX_NAMED).join(', ');
  const left = printable(names, names.length) + (more > 0 ? ` and ${more} more` : '');
  return `It is a subset of ${of} with ${packages.length} Package versions; left out: ${left}`;
}

function explanations(
  { images, problems, notChecked, isComplete }: AuditReport,
  linesOf: (findings: readonly AuditFinding[]) => string[],
): string[] {
  const findings = distinct([...images.flatMap(({ finding }) => finding ?? []), ...problems]);
  return [...linesOf(findings), ...(isComplete ? [] : ['Not checked:', ...noteLines(distinct(notChecked))])];
}

function conclusion(
  { inside, problems, notChecked, totals, isInside, isComplete }: AuditReport,
  isAssumed: boolean,
): string {
  const others = isComplete ? '' : `; not checked: ${distinct(notChecked).length}`;
  if (!isInside) {
    const wrong = totals.images - totals.inside;
    const images = totals.images === 1 ? '1 image' : `${wrong} of ${totals.images} images`;
    const pulled = totals.images === 1 ? 'is missing' : 'are missing';
    return `${images} would be pulled from outside or ${pulled}; further problems: ${problems.length}${others}`;
  }
  const place = isAssumed
    ? `in ${inside.map((each) => printable(each)).join(', ')}, which is assumed to be inside because the bundle is there (set it with --inside)`
    : 'inside';
  return isComplete
    ? `${totals.images === 1 ? 'the image is' : `all ${totals.images} images are`} ${place}`
    : `the ${formatCount(totals.images, 'image')} that ${totals.images === 1 ? 'was found is' : 'were found are'} ${place}${others}`;
}

/** The audit of a cluster for people: what counts as inside, a row per image with who needs it, and a conclusion. */
export function clusterAuditText(report: AuditReport, columns: readonly string[]): string {
  const { target, images, inside } = report;
  const table = {
    columns: [
      { title: 'Status' },
      { title: 'Image' },
      { title: 'Needed by' },
      { title: 'Pull policy' },
      { title: 'Pull secrets' },
    ],
    rows: images.map(({ status, reference, neededBy, neededByMore = 0, pullPolicies = [], pullSecrets = [] }) => [
      STATUS[status],
      printable(reference),
      neededByText(neededBy, neededByMore),
      pullPolicies.join(', '),
      printable(pullSecrets.join(', ')),
    ]),
  };
  return [
    formatTable(table, columns),
    `Inside: ${inside.length === 0 ? 'nothing' : inside.map((each) => printable(each)).join(', ')}`,
    ...explanations(report, noteLines),
    `${target}: ${conclusion(report, false)}`,
  ].join('\n');
}

function neededByText([first = '', ...others]: readonly string[], more: number): string {
  const rest = others.length + more;
  return rest === 0 ? printable(first) : `${printable(first)} and ${rest} more`;
}

function findingLines(finding: AuditFinding): string[] {
  const { message, remedy } = explain(finding);
  return [`- ${message}`, ...(remedy === undefined ? [] : [`  What to do: ${remedy}`])];
}

/** Many findings share a remedy, which is printed after the last of them. */
function noteLines(notes: readonly AuditFinding[]): string[] {
  const byCode = Map.groupBy(notes, ({ code }) => code);
  return [...byCode.values()].flatMap((same) => {
    const lines = same.map(findingLines);
    const remedies = new Set(lines.map((each) => each.slice(1).join('')));
    return remedies.size > 1 ? lines.flat() : [...lines.map(([first = '']) => first), ...(lines.at(-1) ?? []).slice(1)];
  });
}

function distinct(findings: readonly AuditFinding[]): AuditFinding[] {
  return [...new Map(findings.map((finding) => [explain(finding).message, finding])).values()];
}
