import { PACKAGE_REPOSITORY_KIND } from '../api-groups.ts';
import { checkImage } from './check-image.ts';
import { checkLock } from './check-lock.ts';
import { checkRepository } from './check-repository.ts';
import type { DocumentFinding } from './finding.ts';
import { imagesOf } from './find-documents.ts';
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
