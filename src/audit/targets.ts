import { isNode, LineCounter } from 'yaml';

import { AirgapError } from '../base/errors.ts';
import { parseBundleLock } from '../carvel/bundle-lock.ts';
import { parseImagesLock } from '../carvel/images-lock.ts';
import type { LockedImage } from '../carvel/images-lock.ts';
import { formatReference } from '../oci/reference.ts';
import { PACKAGE_REPOSITORY_KIND } from '../packaging/api-groups.ts';
import { packagingError } from '../packaging/errors.ts';
import { array, record, text } from '../base/json.ts';
import type { JsonRecord } from '../base/json.ts';
import { parseTagSelection } from '../packaging/tag-selection.ts';
import type { TagSelection } from '../packaging/tag-selection.ts';
import { parsePackageRepository } from '../packaging/package-repository.ts';
import type { RepositorySource } from '../packaging/package-repository.ts';
import { parseYamlDocuments, yamlValue } from '../packaging/yaml-text.ts';
import type { YamlDocument } from '../packaging/yaml-text.ts';
import { auditError } from './errors.ts';

/** A bundle to audit, or the images of a lock. */
export interface AuditTarget {
  /** The bundle's reference; for a lock, the file name. */
  readonly reference: string;
  /** The images of an ImagesLock. */
  readonly images?: readonly LockedImage[];
  /** Selects the tag from those in the registry. */
  readonly tagSelection?: TagSelection;
  /** Whether it is from a PackageRepository and therefore must be a bundle. */
  readonly isRepository: boolean;
}

const KINDS = new Set<unknown>([PACKAGE_REPOSITORY_KIND, 'BundleLock', 'ImagesLock']);

/** The audit target of a document, or the error why it has none. */
export type FoundTarget = AuditTarget | AirgapError;

/**
 * Finds the targets of the PackageRepositories, BundleLocks and ImagesLocks in a YAML text, including those in lists as
 * kubectl writes them. An unusable document does not hide the others.
 * @param path names the text in errors
 * @throws audit.nothing-in-file
 */
export function targetsIn(source: string, path: string): FoundTarget[] {
  return read(source, path).map(({ target }) => target());
}

/**
 * The target at a position: the last one that starts at or before the line, otherwise the first.
 * @param line counted from zero
 * @throws audit.nothing-in-file, audit.repository-source, carvel.yaml-invalid, packaging.document-broken
 */
export function targetAt(source: string, path: string, line: number): AuditTarget {
  const found = read(source, path);
  const target = (found.findLast(({ start }) => start <= line) ?? found[0])?.target();
  if (target === undefined || target instanceof AirgapError) throw target ?? auditError('nothing-in-file', { path });
  return target;
}

interface Candidate {
  readonly start: number;
  readonly target: () => FoundTarget;
}

function read(source: string, path: string): readonly Candidate[] {
  const lines = new LineCounter();
  const found = parseYamlDocuments(source, lines).flatMap((document) => candidatesIn(document, lines, source, path));
  if (found.length === 0) throw auditError('nothing-in-file', { path });
  return found;
}

function candidatesIn(document: YamlDocument, lines: LineCounter, source: string, path: string): Candidate[] {
  const lineOf = (offset: number): number => lines.linePos(offset).line - 1;
  const start = lineOf(document.contents?.range[0] ?? document.range[0]);
  const [error] = document.errors;
  if (error !== undefined) {
    return [{ start, target: () => packagingError('document-broken', { reason: error.message }, error) }];
  }
  const object = record(yamlValue(document));
  const candidate = (each: JsonRecord, at: number, own: () => string): Candidate[] =>
    KINDS.has(each['kind']) ? [{ start: at, target: attempt(() => targetOf(each, own(), path)) }] : [];
  const items = array(object['items']);
  if (!(text(object['kind']) ?? '').endsWith('List')) {
    return candidate(object, start, () => source.slice(document.range[0], document.range[1]));
  }
  return items.map(record).flatMap((item, index) => {
    const node: unknown = document.getIn(['items', index], true);
    const at = isNode(node) && node.range ? lineOf(node.range[0]) : start;
    // A list of the API may state the kind of its items only once.
    const kind = item['kind'] ?? text(object['kind'])?.replace(/List$/, '');
    return candidate({ ...item, kind }, at, () => JSON.stringify(item));
  });
}

function attempt(make: () => AuditTarget): () => FoundTarget {
  return () => {
    try {
      return make();
    } catch (error) {
      if (error instanceof AirgapError) return error;
      throw error;
    }
  };
}

function targetOf(object: JsonRecord, source: string, path: string): AuditTarget {
  if (object['kind'] === PACKAGE_REPOSITORY_KIND) return repositoryTarget(object, path);
  if (object['kind'] === 'ImagesLock') {
    return { reference: path, images: parseImagesLock(source, path).images, isRepository: false };
  }
  return { reference: formatReference(parseBundleLock(source, path).bundle), isRepository: false };
}

function repositoryTarget(object: Readonly<Record<string, unknown>>, path: string): AuditTarget {
  const name = text(record(object['metadata'])['name']) ?? path;
  // The object's own name and namespace do not matter here.
  const readable = { ...object, apiVersion: undefined, metadata: { name, namespace: 'none' } };
  const source: RepositorySource = parsePackageRepository(readable)?.source ?? { kind: 'none' };
  if (source.kind !== 'imgpkgBundle') throw auditError('repository-source', { name, kind: source.kind });
  const fetch = record(record(object['spec'])['fetch']);
  const tagSelection = parseTagSelection(record(fetch['imgpkgBundle'])['tagSelection']);
  return { reference: source.image, isRepository: true, ...(tagSelection === undefined ? {} : { tagSelection }) };
}
