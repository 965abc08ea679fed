import { PACKAGE_REPOSITORY_KIND } from '../api-groups.ts';
import { IMGPKG_API_VERSION } from '../../carvel/yaml.ts';
import { checkImage } from './check-image.ts';
import { checkRepository } from './check-repository.ts';
import type { DocumentFinding } from './finding.ts';
import { BUNDLE_LOCK_KIND, imagesOf } from './find-documents.ts';
import type { FoundDocument } from './find-documents.ts';

export interface CheckSurroundings {
  /** The namespace of a document that names none, for its context or the current one. */
  readonly namespaceFor: (context: string | undefined) => string;
  /** Whether a registry is known to use plain HTTP. */
  readonly isHttp: (host: string) => boolean;
}

/** All findings that need no network. Incomplete documents are not judged. */
export function checkDocument(document: FoundDocument, surroundings: CheckSurroundings): DocumentFinding[] {
  if (document.error !== undefined) return [];
  const own =
    document.kind === PACKAGE_REPOSITORY_KIND
      ? checkRepository(document, surroundings.namespaceFor(document.context))
      : checkLock(document);
  return [
    ...own,
    ...imagesOf(document).flatMap((image) => (image.value === '' ? [] : checkImage(image, surroundings.isHttp))),
  ];
}

/** Findings in a BundleLock or ImagesLock other than about its images; imgpkg parses locks strictly. */
function checkLock({ apiVersion, kind, view }: FoundDocument): DocumentFinding[] {
  const findings: DocumentFinding[] = [];
  const { value, ...place } = apiVersion;
  if (value !== IMGPKG_API_VERSION) {
    const edits = [{ start: place.start, end: place.end, text: IMGPKG_API_VERSION }];
    const args = { kind, expected: IMGPKG_API_VERSION, apiVersion: value };
    findings.push({ code: 'wrong-api', severity: 'error', place, args, fixes: [{ code: 'api-version', edits }] });
  }
  const unknown = (path: readonly (string | number)[], known: readonly string[]): void => {
    for (const field of view.keys(...path)) {
      const at = isKnown(field, known) ? undefined : view.key(...path, field);
      if (at === undefined) continue;
      findings.push({ code: 'unknown-field', severity: 'error', place: at, args: { field }, fixes: [] });
    }
  };
  if (kind === BUNDLE_LOCK_KIND) {
    unknown([], ['apiVersion', 'kind', 'bundle']);
    unknown(['bundle'], ['image', 'tag']);
  } else {
    unknown([], ['apiVersion', 'kind', 'images']);
    for (let index = 0; index < view.length('images'); index++) unknown(['images', index], ['image', 'annotations']);
  }
  return findings;
}

/** Compares field names as imgpkg does; fields from merge keys are not checked. */
function isKnown(field: string, known: readonly string[]): boolean {
  return field === '<<' || known.some((name) => name.toLowerCase() === field.toLowerCase());
}
