import { isMap, LineCounter } from 'yaml';

import { DATA_PACKAGING_GROUP } from '../api-groups.ts';
import { parseConstraints } from '../version-range.ts';
import { parseYamlDocuments } from '../yaml-text.ts';
import { hasTagOrDigest, selectionFixes } from './check-image.ts';
import { DocumentView } from './document-view.ts';
import type { DocumentFinding } from './finding.ts';

/** Paths of the fetch steps in a Package and in an App. */
const STEPS = {
  [`${DATA_PACKAGING_GROUP} Package`]: ['spec', 'template', 'spec', 'fetch'],
  'kappctrl.k14s.io App': ['spec', 'fetch'],
} as const;
const SOURCES = [
  ['imgpkgBundle', 'image'],
  ['image', 'url'],
] as const;

/**
 * Findings that prevent kapp-controller from fetching what the Packages and Apps of a text reference; needs no network,
 * never throws.
 */
export function checkPackages(source: string): DocumentFinding[] {
  const lines = new LineCounter();
  return parseYamlDocuments(source, lines).flatMap((document) => {
    if (!isMap(document.contents) || document.errors.length > 0) return [];
    const view = new DocumentView(document, source, lines);
    const group = view.text('apiVersion')?.value.split('/')[0] ?? '';
    const kind = `${group} ${view.text('kind')?.value ?? ''}`;
    const path = Object.entries(STEPS).find(([each]) => each === kind)?.[1];
    if (path === undefined) return [];
    const isPackage = kind.endsWith(' Package');
    return Array.from({ length: view.length(...path) }, (_, index) => [...path, index]).flatMap((step) =>
      SOURCES.flatMap(([fetch, key]) => checkFetch(view, [...step, fetch], key, isPackage && fetch === 'imgpkgBundle')),
    );
  });
}

/** @param isRewritten whether kbld replaces the reference by a digest once the Package is in a repository bundle */
function checkFetch(
  view: DocumentView,
  path: readonly (string | number)[],
  key: string,
  isRewritten: boolean,
): DocumentFinding[] {
  const selection = [...path, 'tagSelection'];
  const at = view.key(...selection);
  const image = view.text(...path, key);
  if (at === undefined || image === undefined) return [];
  const findings: DocumentFinding[] = [];
  const { value, ...place } = image;
  if (hasTagOrDigest(value)) {
    const fixes = selectionFixes(image, view, selection);
    findings.push({ code: 'tag-and-selection', severity: 'error', place, args: {}, fixes });
  } else if (isRewritten) {
    findings.push({ code: 'selection-relocated', severity: 'warning', place: at, args: {}, fixes: [] });
  }
  const constraint = view.text(...selection, 'semver', 'constraints');
  if (constraint !== undefined && parseConstraints(constraint.value) === undefined) {
    const { value: text, ...where } = constraint;
    findings.push({ code: 'constraint-invalid', severity: 'error', place: where, args: { value: text }, fixes: [] });
  }
  return findings;
}
