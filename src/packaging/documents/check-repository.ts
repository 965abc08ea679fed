import { OLD_ALPHA_API_VERSION, PACKAGE_REPOSITORY_API_VERSION } from '../api-groups.ts';
import { parseGoDuration } from '../go-duration.ts';
import { isNamespaceName, isObjectName } from '../repository-name.ts';
import { parseConstraints } from '../version-range.ts';
import type { TextPlace } from './document-view.ts';
import type { DocumentFinding, DocumentFix, TextEdit } from './finding.ts';
import type { FoundDocument } from './find-documents.ts';

/** kapp-controller uses the first of these that is set (pkg/fetch/vendir.go). */
const FETCHES = ['inline', 'image', 'http', 'git', 'imgpkgBundle'];
const MIN_SYNC = 30_000;

/**
 * Findings in a PackageRepository other than about its images; needs no network.
 * @param namespace the namespace if the document names none
 */
export function checkRepository(document: FoundDocument, namespace: string): DocumentFinding[] {
  return [
    ...checkApiVersion(document, namespace),
    ...checkMetadata(document, namespace),
    ...checkFetch(document),
    ...checkTimes(document),
  ];
}

function checkApiVersion({ apiVersion, kind, view }: FoundDocument, namespace: string): DocumentFinding[] {
  const { value, ...place } = apiVersion;
  const expected = PACKAGE_REPOSITORY_API_VERSION;
  if (value === expected) return [];
  const isOld = value === OLD_ALPHA_API_VERSION;
  const version: TextEdit = { start: place.start, end: place.end, text: expected };
  const added = view.has('metadata', 'namespace') ? undefined : namespaceEdit(view, namespace);
  const fix: DocumentFix = { code: 'api-version', edits: added === undefined ? [version] : [version, added] };
  const code = isOld ? 'old-api' : 'wrong-api';
  return [{ code, severity: 'error', place, args: { kind, expected, apiVersion: value }, fixes: [fix] }];
}

function checkMetadata({ view, place, apiVersion }: FoundDocument, namespace: string): DocumentFinding[] {
  const name = view.text('metadata', 'name');
  const own = view.text('metadata', 'namespace');
  const at = view.key('metadata') ?? firstLine(place, view.source);
  const findings: DocumentFinding[] = [];
  if (name === undefined && !view.has('metadata', 'generateName')) {
    findings.push({ code: 'name-missing', severity: 'error', place: at, args: {}, fixes: [] });
  }
  for (const [text, isValid] of [
    [name, isObjectName],
    [own, isNamespaceName],
  ] as const) {
    if (text === undefined || isValid(text.value)) continue;
    const { value, ...where } = text;
    findings.push({ code: 'name-invalid', severity: 'error', place: where, args: { value }, fixes: [] });
  }
  // The fix for the old API version also adds the namespace.
  if (!view.has('metadata', 'namespace') && name !== undefined && apiVersion.value === PACKAGE_REPOSITORY_API_VERSION) {
    const edit = namespaceEdit(view, namespace);
    const fixes: DocumentFix[] = edit === undefined ? [] : [{ code: 'namespace', edits: [edit] }];
    findings.push({ code: 'namespace-missing', severity: 'warning', place: at, args: { namespace }, fixes });
  }
  return findings;
}

function checkFetch({ view, place }: FoundDocument): DocumentFinding[] {
  const at = view.key('spec', 'fetch') ?? view.key('spec') ?? firstLine(place, view.source);
  const known = FETCHES.filter((kind) => view.keys('spec', 'fetch').includes(kind));
  const [used, ...ignored] = known;
  if (used === undefined) return [{ code: 'fetch-missing', severity: 'error', place: at, args: {}, fixes: [] }];
  const usedAt = view.key('spec', 'fetch', used) ?? at;
  const findings: DocumentFinding[] = ignored.map((kind) => {
    const lines = view.lines('spec', 'fetch', kind);
    return {
      code: 'fetch-many',
      severity: 'error',
      place: view.key('spec', 'fetch', kind) ?? at,
      args: { used, ignored: kind },
      fixes: lines === undefined ? [] : [{ code: 'drop-fetch', edits: [{ ...lines, text: '' }] }],
    };
  });
  if (used !== 'imgpkgBundle') {
    findings.push({ code: 'fetch-not-bundle', severity: 'warning', place: usedAt, args: { used }, fixes: [] });
  } else if ((view.text('spec', 'fetch', 'imgpkgBundle', 'image')?.value ?? '') === '') {
    findings.push({ code: 'image-missing', severity: 'error', place: usedAt, args: {}, fixes: [] });
  }
  const constraint = view.text('spec', 'fetch', used, 'tagSelection', 'semver', 'constraints');
  if (constraint !== undefined && parseConstraints(constraint.value) === undefined) {
    const { value, ...where } = constraint;
    findings.push({ code: 'constraint-invalid', severity: 'error', place: where, args: { value }, fixes: [] });
  }
  return findings;
}

function checkTimes({ view }: FoundDocument): DocumentFinding[] {
  const period = view.text('spec', 'syncPeriod');
  const at = view.key('spec', 'syncPeriod');
  if (at === undefined) return [];
  if (period === undefined) {
    return [{ code: 'duration-invalid', severity: 'error', place: at, args: { value: '' }, fixes: [] }];
  }
  const { value, ...place } = period;
  const milliseconds = parseGoDuration(value);
  if (milliseconds === undefined) {
    return [
      { code: 'duration-invalid', severity: 'error', place, args: { value }, fixes: durationFixes(value, place) },
    ];
  }
  if (milliseconds >= MIN_SYNC) return [];
  return [{ code: 'duration-short', severity: 'hint', place, args: {}, fixes: [] }];
}

/** People write `2d` for days and `10` for seconds. */
function durationFixes(value: string, { start, end }: TextPlace): DocumentFix[] {
  const [, number, unit] = /^(\d{1,5})(d|days?|min|minutes?|sec|seconds?|hours?|)$/.exec(value.trim()) ?? [];
  if (number === undefined || unit === undefined) return [];
  const text = unit.startsWith('d') ? `${Number(number) * 24}h` : `${number}${unit === '' ? 's' : unit.slice(0, 1)}`;
  return [{ code: 'go-duration', edits: [{ start, end, text }] }];
}

/** Inserts `namespace:` on a line of its own after `name:`, or on the same line within `{}`. */
function namespaceEdit(view: FoundDocument['view'], namespace: string): TextEdit | undefined {
  const name = view.text('metadata', 'name');
  const key = view.key('metadata', 'name');
  if (name === undefined || key === undefined) return undefined;
  if (view.isFlow('metadata')) return { start: name.end, end: name.end, text: `, namespace: ${namespace}` };
  const newline = view.source.indexOf('\n', name.end);
  let end = newline < 0 ? view.source.length : newline;
  if (view.source[end - 1] === '\r') end--;
  const eol = view.source.slice(end).startsWith('\r\n') ? '\r\n' : '\n';
  return { start: end, end, text: `${eol}${' '.repeat(key.column)}namespace: ${namespace}` };
}

function firstLine(place: TextPlace, source: string): TextPlace {
  const newline = source.indexOf('\n', place.start);
  return { ...place, end: newline < 0 ? source.length : newline };
}
