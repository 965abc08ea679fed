import { buildBundle, readBundleEntries } from '../../carvel/build-bundle.ts';
import type { BuiltBundle, BundleEntry } from '../../carvel/build-bundle.ts';
import type { OpenLayer } from '../../carvel/bundle-layer.ts';
import { LOCK_PATH, lockOfFile } from '../../carvel/bundle.ts';
import type { BundleGraph, FoundImage } from '../../carvel/graph.ts';
import { formatImagesLock } from '../../carvel/images-lock.ts';
import type { ImagesLock, LockedImage } from '../../carvel/images-lock.ts';
import { subsetAnnotations } from '../../carvel/subset.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference, parseDigestReference } from '../../oci/reference.ts';
import { packagingError } from '../errors.ts';
import { isPackageFile } from '../package-files.ts';
import { byNameAndVersion, choosePackages, formatPackageVersion } from './package-choice.ts';
import { filterDocuments, readRepositoryPackages } from './repository-packages.ts';
import type { RepositoryFiles, RepositoryPackage } from './repository-packages.ts';

/** The bundle of a PackageRepository with its Packages. */
export interface RepositoryBundle extends RepositoryFiles {
  readonly image: FoundImage;
  readonly lock: ImagesLock;
  readonly entries: readonly BundleEntry[];
}

/** A bundle with the chosen Packages, and what they are. */
export interface Subset extends BuiltBundle {
  readonly packages: readonly RepositoryPackage[];
  readonly leftOut: readonly RepositoryPackage[];
  /** Images of the original lock that are needed by no chosen Package. */
  readonly imagesLeftOut: readonly LockedImage[];
  /** Images of the lock that no Package of the original names; all of them are kept. */
  readonly unattributed: readonly LockedImage[];
}

/**
 * Reads a bundle with the Packages in it.
 * @throws packaging.packages-missing, packaging.packages-templated, packaging.packages-unreadable, and the errors of
 * readBundleEntries and readImagesLock
 */
export async function readRepositoryBundle(image: FoundImage, openLayer: OpenLayer): Promise<RepositoryBundle> {
  const where = formatReference(image.place);
  const entries = await readBundleEntries(image, openLayer);
  // Of duplicates the last counts, as when unpacking.
  const files = new Map(entries.flatMap(({ path, content }) => (content === undefined ? [] : [[path, content]])));
  const lock = lockOfFile(image, files.get(LOCK_PATH));
  const packageFiles = new Map([...files].filter(([path]) => isPackageFile(path)));
  if (packageFiles.size === 0) throw packagingError('packages-missing', { bundle: where });
  return { image, lock, entries, ...(await readRepositoryPackages(packageFiles, lock, where)) };
}

/**
 * The Packages that need each image of a lock: those that name it, and those that name a bundle whose lock names it, at
 * any depth.
 * @param nested the content of the bundles in the lock, if an image needs it to be attributed
 */
export function attributeImages(
  { lock, packages }: Pick<RepositoryBundle, 'lock' | 'packages'>,
  nested: BundleGraph | undefined,
): ReadonlyMap<LockedImage, ReadonlySet<RepositoryPackage>> {
  const users = new Map<LockedImage, Set<RepositoryPackage>>(lock.images.map((image) => [image, new Set()]));
  for (const each of packages) for (const image of each.images) users.get(image)?.add(each);
  const below = new Map(
    nested?.bundles.map(({ image, locations }) => [
      image.node.digest,
      locations.map((location) => parseDigestReference(location.image).digest),
    ]),
  );
  const byDigest = Map.groupBy(lock.images, ({ reference }) => reference.digest);
  for (const [image, direct] of [...users].map(([each, own]) => [each, [...own]] as const)) {
    for (const digest of digestsBelow(image.reference.digest, below)) {
      for (const other of byDigest.get(digest) ?? []) for (const each of direct) users.get(other)?.add(each);
    }
  }
  return users;
}

/** Whether some images of a bundle's lock can only be attributed by reading the bundles in it. */
export function needsNested({ lock, packages }: RepositoryBundle): boolean {
  const named = new Set(packages.flatMap(({ images }) => [...images]));
  return lock.images.some((image) => !named.has(image));
}

/**
 * Makes a bundle with the chosen Packages and the images that they need. What no Package of the original needs is kept.
 * The result depends only on the original's bytes and on which Packages are chosen. If all are chosen, the original is
 * the result, and undefined is returned.
 * @param config content of the original's config
 * @param nested see attributeImages
 * @throws the errors of choosePackages
 */
export function makeSubset(
  bundle: RepositoryBundle,
  config: Buffer,
  choices: readonly string[],
  nested: BundleGraph | undefined,
): Subset | undefined {
  const { image, lock, entries, documents } = bundle;
  const chosen = choosePackages(bundle.packages, choices, formatReference(image.place));
  const sorted = bundle.packages.toSorted(byNameAndVersion);
  const [packages, leftOut] = [sorted.filter((each) => chosen.has(each)), sorted.filter((each) => !chosen.has(each))];
  if (leftOut.length === 0) return undefined;
  const users = attributeImages(bundle, nested);
  const usersOf = (each: LockedImage): readonly RepositoryPackage[] => [...(users.get(each) ?? [])];
  const imagesLeftOut = lock.images.filter((each) => {
    const own = usersOf(each);
    return own.length > 0 && !own.some((user) => chosen.has(user));
  });
  const isLeftOut = new Set(imagesLeftOut);
  const ownLock = formatImagesLock({ images: lock.images.filter((each) => !isLeftOut.has(each)) });
  const names = new Set(packages.map(({ name }) => name));
  const files = entries.flatMap((entry): BundleEntry[] => {
    if (entry.content === undefined) return [entry];
    if (entry.path === LOCK_PATH) return [{ ...entry, content: Buffer.from(ownLock) }];
    const own = documents.get(entry.path);
    if (own === undefined) return [entry];
    const text = filterDocuments(own, chosen, names);
    return text === undefined ? [] : [{ ...entry, content: Buffer.from(text) }];
  });
  const note = {
    of: image.node.digest,
    packages: packages.map(formatPackageVersion),
    leftOut: leftOut.map(formatPackageVersion),
  };
  const built = buildBundle(image, config, withoutEmptyFolders(files), subsetAnnotations(note));
  const unattributed = lock.images.filter((each) => usersOf(each).length === 0);
  return { ...built, packages, leftOut, imagesLeftOut, unattributed };
}

/** Folders of Packages that have lost all their files. */
function withoutEmptyFolders(entries: readonly BundleEntry[]): BundleEntry[] {
  const used = new Set(entries.flatMap(({ path, content }) => (content === undefined ? [] : foldersOf(path))));
  return entries.filter(
    ({ path, content }) => content !== undefined || !path.startsWith('packages/') || used.has(path),
  );
}

function foldersOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** Everything that the lock of a bundle names, at any depth. */
function digestsBelow(
  digest: Digest,
  below: ReadonlyMap<Digest, readonly Digest[]>,
  seen = new Set<Digest>(),
): ReadonlySet<Digest> {
  for (const child of below.get(digest) ?? []) {
    if (seen.has(child)) continue;
    seen.add(child);
    digestsBelow(child, below, seen);
  }
  return seen;
}
