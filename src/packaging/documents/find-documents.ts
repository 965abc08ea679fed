import { isMap, LineCounter } from 'yaml';

import { OLD_ALPHA_API_VERSION, PACKAGE_REPOSITORY_API_VERSION, PACKAGE_REPOSITORY_KIND } from '../api-groups.ts';
import { defined } from '../../base/json.ts';
import { parseYamlDocuments } from '../yaml-text.ts';
import { DocumentView } from './document-view.ts';
import type { TextPlace, TextValue } from './document-view.ts';
import type { YamlDocument } from '../yaml-text.ts';

export const BUNDLE_LOCK_KIND = 'BundleLock';
export const IMAGES_LOCK_KIND = 'ImagesLock';

/** A document of a Carvel kind, whatever its file is called. */
export interface FoundDocument {
  readonly kind: typeof PACKAGE_REPOSITORY_KIND | typeof BUNDLE_LOCK_KIND | typeof IMAGES_LOCK_KIND;
  readonly apiVersion: TextValue;
  /** From its first key to its end, where the lens goes; comments before the first key are excluded. */
  readonly place: TextPlace;
  /** The text of the document. */
  readonly text: string;
  /** The context named in the document. */
  readonly context?: string;
  readonly view: DocumentView;
  /** Why it cannot be parsed completely: the YAML syntax error. */
  readonly error?: string;
}

/** API groups that these kinds have had, or are mistakenly given. */
const GROUPS = /^(?:[a-z0-9.-]+\.)?(?:carvel\.dev|k14s\.io)\//;

/**
 * Finds every PackageRepository, BundleLock and ImagesLock in a text of one or more documents, even if other documents or
 * parts of one are broken. Never throws.
 */
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
    const text = source.slice(document.range[0], document.range[1]);
    return [{ kind, apiVersion, place, text, view, ...defined({ context, error: errors[0]?.message }) }];
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

/** A PackageRepository with its fields; unreadable fields are absent. */
export interface FoundRepository extends Pick<FoundDocument, 'apiVersion' | 'place' | 'text' | 'context' | 'error'> {
  /** Whether it uses the alpha API of 2021, which no release serves; a fix updates `apiVersion`. */
  readonly oldApiVersion: boolean;
  readonly name?: TextValue;
  readonly namespace?: TextValue;
  /** `spec.fetch.imgpkgBundle.image` */
  readonly image?: TextValue;
  /** `spec.fetch.imgpkgBundle.secretRef.name` */
  readonly secretName?: TextValue;
}

/** The PackageRepositories among documents, except for those of an unknown API version. */
export function repositoriesIn(documents: readonly FoundDocument[]): FoundRepository[] {
  return documents.flatMap(({ kind, apiVersion, place, text, view, context, error }) => {
    const oldApiVersion = apiVersion.value === OLD_ALPHA_API_VERSION;
    const isKnown = oldApiVersion || apiVersion.value === PACKAGE_REPOSITORY_API_VERSION;
    if (kind !== PACKAGE_REPOSITORY_KIND || !isKnown) return [];
    const fields = {
      context,
      error,
      name: view.text('metadata', 'name'),
      namespace: view.text('metadata', 'namespace'),
      image: view.text('spec', 'fetch', 'imgpkgBundle', 'image'),
      secretName: view.text('spec', 'fetch', 'imgpkgBundle', 'secretRef', 'name'),
    };
    return [{ apiVersion, place, text, oldApiVersion, ...defined(fields) }];
  });
}

/**
 * A comment on a line of its own, in the style of editor modelines: `# kube-context: NAME`. A name may contain anything
 * except line breaks.
 */
const COMMENT = /^#[ \t]*kube-context:[ \t]*(\S(?:.*\S)?)[ \t]*\r?$/m;

/**
 * The context that a YAML document is meant for. It is a comment, which kubectl ignores, because a PackageRepository
 * has no such field and an annotation would be stored in the cluster.
 * @param before the previous document in the text: a comment above the first key belongs to this one
 */
export function namedContext(
  source: string,
  document: YamlDocument,
  before: YamlDocument | undefined,
): string | undefined {
  return COMMENT.exec(source.slice(before?.range[2] ?? 0, document.range[2]))?.[1];
}
