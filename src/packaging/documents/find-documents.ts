import { isMap, LineCounter } from 'yaml';

import { PACKAGE_REPOSITORY_KIND } from '../api-groups.ts';
import type { TextPlace, TextValue } from '../find-repositories.ts';
import { defined } from '../../base/json.ts';
import { namedContext } from '../named-context.ts';
import { parseYamlDocuments } from '../yaml-text.ts';
import { DocumentView } from './document-view.ts';

export const BUNDLE_LOCK_KIND = 'BundleLock';
export const IMAGES_LOCK_KIND = 'ImagesLock';

/** A document of a Carvel kind, whatever its file is called. */
export interface FoundDocument {
  readonly kind: typeof PACKAGE_REPOSITORY_KIND | typeof BUNDLE_LOCK_KIND | typeof IMAGES_LOCK_KIND;
  readonly apiVersion: TextValue;
  /** From its first key to its end. */
  readonly place: TextPlace;
  /** The context named in the document. */
  readonly context?: string;
  readonly view: DocumentView;
  /** Whether it cannot be parsed completely. */
  readonly isBroken: boolean;
}

/** API groups that these kinds have had, or are mistakenly given. */
const GROUPS = /^(?:[a-z0-9.-]+\.)?(?:carvel\.dev|k14s\.io)\//;

/** Finds every PackageRepository, BundleLock and ImagesLock in a text of one or more documents. Never throws. */
export function findDocuments(source: string): FoundDocument[] {
  const lines = new LineCounter();
  const documents = parseYamlDocuments(source, lines);
  return documents.flatMap((document, index) => {
    const { contents, errors } = document;
    if (!isMap(contents)) return [];
    const view = new DocumentView(document, source, lines);
    const apiVersion = view.text('apiVersion');
    const kind = view.text('kind')?.value;
    if (apiVersion === undefined || !GROUPS.test(apiVersion.value) || !isOurs(kind)) return [];
    const place = view.place(contents.range[0], document.range[1]);
    const context = namedContext(source, document, documents[index - 1]);
    return [{ kind, apiVersion, place, view, isBroken: errors.length > 0, ...defined({ context }) }];
  });
}

function isOurs(kind: string | undefined): kind is FoundDocument['kind'] {
  return kind === PACKAGE_REPOSITORY_KIND || kind === BUNDLE_LOCK_KIND || kind === IMAGES_LOCK_KIND;
}

/** An image reference in a document. */
export interface FoundImageText extends TextValue {
  /** The required kind of image. */
  readonly role: 'bundle' | 'image';
  readonly document: FoundDocument;
  /** Whether the tag is selected by a constraint. */
  readonly hasTagSelection: boolean;
}

/** The image references of a document with their positions. */
export function imagesOf(document: FoundDocument): FoundImageText[] {
  const { view, kind } = document;
  const found = (value: TextValue | undefined, role: FoundImageText['role'], hasTagSelection = false) =>
    value === undefined ? [] : [{ ...value, role, document, hasTagSelection }];
  if (kind === BUNDLE_LOCK_KIND) return found(view.text('bundle', 'image'), 'bundle');
  if (kind === IMAGES_LOCK_KIND) {
    const indexes = Array.from({ length: view.length('images') }, (_, index) => index);
    return indexes.flatMap((index) => found(view.text('images', index, 'image'), 'image'));
  }
  return [
    ...found(
      view.text('spec', 'fetch', 'imgpkgBundle', 'image'),
      'bundle',
      view.has('spec', 'fetch', 'imgpkgBundle', 'tagSelection'),
    ),
    ...found(view.text('spec', 'fetch', 'image', 'url'), 'image', view.has('spec', 'fetch', 'image', 'tagSelection')),
  ];
}
