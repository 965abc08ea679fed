import { LineCounter } from 'yaml';

import { parseBundleLock } from '../carvel/bundle-lock.ts';
import { parseImagesLock } from '../carvel/images-lock.ts';
import type { LockedImage } from '../carvel/images-lock.ts';
import { formatReference } from '../oci/reference.ts';
import { PACKAGE_REPOSITORY_KIND } from '../packaging/api-groups.ts';
import { record, text } from '../packaging/json.ts';
import { parseTagSelection } from '../packaging/tag-selection.ts';
import type { TagSelection } from '../packaging/tag-selection.ts';
import { parsePackageRepository } from '../packaging/package-repository.ts';
import type { RepositorySource } from '../packaging/package-repository.ts';
import { parseYamlDocuments, yamlValue } from '../packaging/yaml-text.ts';
import { auditError } from './errors.ts';

/** A bundle to audit, as a document or a person names it; or the images of a lock. */
export interface AuditTarget {
  /** Of the bundle; of a lock: the name of the file. */
  readonly reference: string;
  /** Only of an ImagesLock: what it names. */
  readonly images?: readonly LockedImage[];
  /** The tag is chosen among those that the registry has. */
  readonly tagSelection?: TagSelection;
  /** It stands in a PackageRepository: then it has to be a bundle. */
  readonly isRepository: boolean;
}

const KINDS = new Set<unknown>([PACKAGE_REPOSITORY_KIND, 'BundleLock', 'ImagesLock']);

/**
 * What the PackageRepositories, BundleLocks and ImagesLocks of a YAML text name.
 * @param path names the text in errors
 * @param line counted from zero: only the last that begins there or before it, or the first of all
 * @throws audit.nothing-in-file, audit.repository-source, carvel.yaml-invalid
 */
export function targetsIn(source: string, path: string, line?: number): AuditTarget[] {
  const lines = new LineCounter();
  const found = parseYamlDocuments(source, lines)
    .map((document) => {
      const start = lines.linePos(document.contents?.range[0] ?? document.range[0]).line - 1;
      return { document, object: record(yamlValue(document)), start };
    })
    .filter(({ object }) => KINDS.has(object['kind']));
  const [first] = found;
  if (first === undefined) throw auditError('nothing-in-file', { path });
  const wanted = line === undefined ? found : [found.findLast(({ start }) => start <= line) ?? first];
  return wanted.map(({ document, object }) => {
    if (object['kind'] === PACKAGE_REPOSITORY_KIND) return repositoryTarget(object, path);
    const own = source.slice(document.range[0], document.range[1]);
    if (object['kind'] === 'ImagesLock') {
      return { reference: path, images: parseImagesLock(own, path).images, isRepository: false };
    }
    const lock = parseBundleLock(own, path);
    return { reference: formatReference(lock.bundle), isRepository: false };
  });
}

function repositoryTarget(object: Readonly<Record<string, unknown>>, path: string): AuditTarget {
  const name = text(record(object['metadata'])['name']) ?? path;
  // What it is called, and where it is to be stored, is of no account here.
  const readable = { ...object, apiVersion: undefined, metadata: { name, namespace: 'none' } };
  const source: RepositorySource = parsePackageRepository(readable)?.source ?? { kind: 'none' };
  if (source.kind !== 'imgpkgBundle') throw auditError('repository-source', { name, kind: source.kind });
  const fetch = record(record(object['spec'])['fetch']);
  const tagSelection = parseTagSelection(record(fetch['imgpkgBundle'])['tagSelection']);
  return { reference: source.image, isRepository: true, ...(tagSelection === undefined ? {} : { tagSelection }) };
}
