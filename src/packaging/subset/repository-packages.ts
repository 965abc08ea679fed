import { setImmediate } from 'node:timers/promises';

import { decodeText } from '../../base/decode-text.ts';
import { causes } from '../../base/errors.ts';
import { defined, record, text } from '../../base/json.ts';
import type { ImagesLock, LockedImage } from '../../carvel/images-lock.ts';
import { formatReference } from '../../oci/reference.ts';
import { PACKAGE_API_VERSION, PACKAGE_KIND, PACKAGE_METADATA_KIND } from '../api-groups.ts';
import { packagingError } from '../errors.ts';
import { readPackageDocuments, usesYtt } from '../package-files.ts';
import type { PackageVersion } from './package-choice.ts';

/** A document of a file below `packages/`, with its text. */
interface FileDocument {
  /** Including its `---` line. */
  readonly source: string;
  /** The Package whose version it is. */
  readonly package?: RepositoryPackage;
  /** The name of the Package that it describes. */
  readonly metadata?: string;
}

/** A Package in a bundle's files. */
export interface RepositoryPackage extends PackageVersion {
  readonly path: string;
  /** ISO 8601. */
  readonly releasedAt?: string;
  /** The entries of the bundle's lock that its document names. */
  readonly images: ReadonlySet<LockedImage>;
}

/** The files of a PackageRepository bundle that kapp-controller renders. */
export interface RepositoryFiles {
  readonly packages: readonly RepositoryPackage[];
  readonly documents: ReadonlyMap<string, readonly FileDocument[]>;
}

/**
 * Reads the Packages of a bundle and finds the images of its lock that each of them names. kapp-controller renders all
 * files below `packages/` with ytt in one run, so a template there could change every Package; such a bundle is refused.
 * @param files contents by path, those of isPackageFile
 * @param where names the bundle in errors
 * @throws packaging.packages-templated, packaging.packages-unreadable, packaging.packages-missing
 */
export async function readRepositoryPackages(
  files: ReadonlyMap<string, Buffer>,
  lock: ImagesLock,
  where: string,
): Promise<RepositoryFiles> {
  const names = new ImageNames(lock);
  const documents = new Map<string, readonly FileDocument[]>();
  for (const [path, content] of files) {
    // A repository can have thousands of Packages, so other work on this thread gets its turn.
    await setImmediate();
    documents.set(path, documentsOf(path, content, names, where));
  }
  const packages = [...documents.values()].flat().flatMap((document) => document.package ?? []);
  if (packages.length === 0) throw packagingError('packages-missing', { bundle: where });
  return { packages, documents };
}

/**
 * A file with the documents of the chosen Packages and their metadata, byte for byte; undefined if none of its documents
 * is left. Documents of other kinds, which kapp-controller ignores, stay with the others.
 */
export function filterDocuments(
  documents: readonly FileDocument[],
  chosen: ReadonlySet<RepositoryPackage>,
  names: ReadonlySet<string>,
): string | undefined {
  const isOther = (each: FileDocument): boolean => each.package === undefined && each.metadata === undefined;
  const kept = documents.filter(
    (each) =>
      isOther(each) ||
      (each.package !== undefined && chosen.has(each.package)) ||
      (each.metadata !== undefined && names.has(each.metadata)),
  );
  const isEmptied = kept.length < documents.length && kept.every(isOther);
  return isEmptied ? undefined : kept.map(({ source }) => source).join('');
}

function documentsOf(path: string, content: Buffer, names: ImageNames, where: string): FileDocument[] {
  const unreadable = (reason: string): Error => packagingError('packages-unreadable', { path, bundle: where, reason });
  let source: string;
  try {
    source = decodeText(content);
  } catch (error) {
    throw unreadable(causes(error).join(': '));
  }
  if (usesYtt(source)) throw packagingError('packages-templated', { path, bundle: where });
  if (/^\s*(?:#.*\s*)*$/.test(source)) return [{ source }];
  const read = readPackageDocuments(source);
  const sources = splitDocuments(source);
  if (read.length !== sources.length) throw unreadable('its documents cannot be told apart');
  return read.map((document, index): FileDocument => {
    if ('reason' in document) throw unreadable(document.reason);
    const own = { source: sources[index] ?? '' };
    const { apiVersion, kind, metadata, spec } = record(document.value);
    if (apiVersion !== PACKAGE_API_VERSION) return own;
    if (kind === PACKAGE_METADATA_KIND) {
      const name = text(record(metadata)['name']);
      return name === undefined ? own : { ...own, metadata: name };
    }
    if (kind !== PACKAGE_KIND) return own;
    const [name, version] = [text(record(spec)['refName']), text(record(spec)['version'])];
    if (name === undefined || version === undefined) throw unreadable('a Package needs spec.refName and spec.version');
    const images = names.in(own.source, document.value);
    const releasedAt = defined({ releasedAt: text(record(spec)['releasedAt']) });
    return { ...own, package: { name, version, path, images, ...releasedAt } };
  });
}

/**
 * The texts of a file's documents, which together are the file. A line that starts with `---` always separates
 * documents, even in a block scalar (YAML 1.2, section 9.1.2).
 */
function splitDocuments(source: string): string[] {
  const parts = source.split(/^(?=---(?:[ \t\r\n]|$))/m);
  const [first = '', second, ...rest] = parts;
  // Comments and directives before the first `---` are no document.
  const isPreamble = second !== undefined && /^(?:(?:[ \t]*(?:#.*)?|%.*)\r?\n)*$/.test(first);
  return isPreamble ? [first + second, ...rest] : parts;
}

/** Finds references to the images of a lock in texts. */
class ImageNames {
  readonly #byText = new Map<string, Set<LockedImage>>();
  /** Texts that are no words. */
  readonly #unusual: string[] = [];

  constructor({ images }: ImagesLock) {
    for (const image of images) {
      this.#add(image.annotations?.['kbld.carvel.dev/id'], image);
      this.#add(formatReference(image.reference), image);
      this.#add(image.reference.digest, image);
    }
  }

  /**
   * The images that a document names anywhere: by the text that kbld replaces, by reference or by digest. Rather one too
   * many than one too few: an image that is missing in the lock would be pulled from its origin.
   */
  in(source: string, value: unknown): Set<LockedImage> {
    const found = new Set<LockedImage>();
    const look = (each: string): void => {
      for (const image of this.#byText.get(each) ?? []) found.add(image);
    };
    const scan = (words: string): void => {
      for (const [word] of words.matchAll(/[\w./:@+~-]+/g)) {
        look(word);
        look(word.replace(/^[./:@-]+|[./:@-]+$/g, ''));
        const digest = /sha256:[0-9a-f]{64}/.exec(word)?.[0];
        if (digest !== undefined) look(digest);
      }
      for (const each of this.#unusual) if (words.includes(each)) look(each);
    };
    scan(source);
    for (const each of textsIn(value)) scan(each);
    return found;
  }

  #add(name: string | undefined, image: LockedImage): void {
    if (name === undefined || name === '') return;
    const known = this.#byText.get(name) ?? new Set();
    this.#byText.set(name, known.add(image));
    if (!/^[\w./:@+~-]+$/.test(name)) this.#unusual.push(name);
  }
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value;
  else if (Array.isArray(value)) for (const each of value as unknown[]) yield* textsIn(each);
  else if (typeof value === 'object' && value !== null) for (const each of Object.values(value)) yield* textsIn(each);
}
