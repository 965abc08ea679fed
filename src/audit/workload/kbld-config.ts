import { parseImagesLock } from '../../carvel/images-lock.ts';
import type { LockedImage } from '../../carvel/images-lock.ts';
import { IMGPKG_API_VERSION } from '../../carvel/yaml.ts';
import { formatReference } from '../../oci/reference.ts';
import { array, defined, isRecord, record, text } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import type { Reference } from '../../oci/reference.ts';
import type { ReadBundle } from '../read-bundle.ts';
import { placeOf } from '../rewriting.ts';

/** The text that a lock entry stands for, from kbld's annotation; undefined if there is none. */
export function kbldId({ annotations }: LockedImage): string | undefined {
  return annotations?.['kbld.carvel.dev/id'];
}

/** The reference that kbld substitutes for each text in the cluster. */
export function referencesById({ content, place, rewriting }: ReadBundle): ReadonlyMap<string, Reference> {
  return new Map(
    content.lock.images.flatMap((image) => {
      const id = kbldId(image);
      return id === undefined ? [] : [[id, placeOf(image.reference, place, rewriting)] as const];
    }),
  );
}

const API_VERSION = 'kbld.k14s.io/v1alpha1';
const KINDS = new Set<unknown>(['Config', 'Sources', 'ImageOverrides', 'ImageDestinations', 'ImageKeys']);

export interface KbldOverride {
  readonly image?: string;
  readonly imageRepo?: string;
  readonly newImage: string;
  readonly isPreresolved: boolean;
  /** Whether it queries a registry: for tags, or for an image of one platform. */
  readonly hasSelection: boolean;
}

/** A key, a list index, or every index. */
export type PathPart = { readonly key: string } | number | 'all';

/** Which texts kbld treats as images, in addition to keys called `image` (kbld docs, "Search rules"). */
export interface SearchRule {
  readonly name?: string;
  readonly path?: readonly PathPart[];
  readonly image?: string;
  readonly imageRepo?: string;
  readonly strategy:
    | { readonly kind: 'none' }
    | { readonly kind: 'entire' }
    | { readonly kind: 'json' | 'yaml'; readonly rules: readonly SearchRule[] };
}

export interface KbldConfig {
  readonly overrides: readonly KbldOverride[];
  readonly keys: readonly string[];
  readonly rules: readonly SearchRule[];
  readonly sources: readonly JsonRecord[];
}

/**
 * Parses a document that configures kbld; undefined for any other.
 * @throws carvel.yaml-invalid for a lock that imgpkg cannot read; RangeError with kbld's message for the others
 */
export function kbldConfigOf(document: unknown): KbldConfig | undefined {
  const { apiVersion, kind } = record(document);
  if (apiVersion === IMGPKG_API_VERSION && kind === 'ImagesLock') {
    return lockConfig(parseImagesLock(JSON.stringify(document), 'ImagesLock').images);
  }
  if (apiVersion !== API_VERSION || !KINDS.has(kind)) return undefined;
  const { overrides, keys, searchRules, sources } = record(document);
  return {
    overrides: array(overrides).map(record).map(override),
    keys: array(keys)
      .map(text)
      .filter((key) => key !== undefined),
    rules: array(searchRules).map(record).map(searchRule),
    sources: array(sources).map(record),
  };
}

/** @throws RangeError for an entry that kbld rejects */
export function lockConfig(images: readonly LockedImage[]): KbldConfig {
  const overrides = images.map((image) => {
    const id = kbldId(image) ?? '';
    if (id === '') {
      throw new RangeError(
        `the ImagesLock has no annotation kbld.carvel.dev/id for ${formatReference(image.reference)}`,
      );
    }
    return { image: id, newImage: formatReference(image.reference), isPreresolved: true, hasSelection: false };
  });
  return { overrides, keys: [], rules: [], sources: [] };
}

function override(each: JsonRecord): KbldOverride {
  return {
    ...defined({ image: text(each['image']), imageRepo: text(each['imageRepo']) }),
    newImage: text(each['newImage']) ?? '',
    isPreresolved: each['preresolved'] === true,
    hasSelection: isRecord(each['tagSelection']) || isRecord(each['platformSelection']),
  };
}

function searchRule(rule: JsonRecord): SearchRule {
  const key = record(rule['keyMatcher']);
  const value = record(rule['valueMatcher']);
  const path = array(key['path']);
  const matcher = defined({
    name: text(key['name']),
    path: path.length === 0 ? undefined : path.map(pathPart),
    image: text(value['image']),
    imageRepo: text(value['imageRepo']),
  });
  if (Object.keys(matcher).length === 0) throw new RangeError('a search rule has no keyMatcher and no valueMatcher');
  return { ...matcher, strategy: strategy(record(rule['updateStrategy'])) };
}

function strategy(value: JsonRecord): SearchRule['strategy'] {
  if (isRecord(value['none'])) return { kind: 'none' };
  for (const kind of ['json', 'yaml'] as const) {
    if (!isRecord(value['entireValue']) && isRecord(value[kind])) {
      return { kind, rules: array(value[kind]['searchRules']).map(record).map(searchRule) };
    }
  }
  return { kind: 'entire' };
}

function pathPart(part: unknown): PathPart {
  if (typeof part === 'string') return { key: part };
  const { index, allIndexes } = record(part);
  return allIndexes === true ? 'all' : Number(index ?? -1);
}
