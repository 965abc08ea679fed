import { PACKAGE_REPOSITORY_KIND } from '../api-groups.ts';
import { IMGPKG_API_VERSION } from '../../carvel/yaml.ts';
import { checkImage } from './check-image.ts';
import { checkRepository } from './check-repository.ts';
import type { DocumentFinding } from './finding.ts';
import { BUNDLE_LOCK_KIND, imagesOf } from './find-documents.ts';
import type { FoundDocument } from './find-documents.ts';

export interface CheckSurroundings {
  /** Where a document that names no namespace goes; of the context that it is for, or of the chosen one. */
  readonly namespaceFor: (context: string | undefined) => string;
  /** Whether a registry speaks plain http, as far as it is known. */
  readonly isHttp: (host: string) => boolean;
}

/** Everything that can be said about a document without asking anyone. Half-written ones are not judged. */
export function checkDocument(document: FoundDocument, surroundings: CheckSurroundings): DocumentFinding[] {
  if (document.isBroken) return [];
  const own =
    document.kind === PACKAGE_REPOSITORY_KIND
      ? checkRepository(document, surroundings.namespaceFor(document.context))
      : checkLock(document);
  return [
    ...own,
    ...imagesOf(document).flatMap((image) => (image.value === '' ? [] : checkImage(image, surroundings.isHttp))),
  ];
}

/** What is wrong with a BundleLock or ImagesLock besides its images: imgpkg reads them strictly. */
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

/** As imgpkg compares names; what a merge key brings is not looked at. */
function isKnown(field: string, known: readonly string[]): boolean {
  return field === '<<' || known.some((name) => name.toLowerCase() === field.toLowerCase());
}
