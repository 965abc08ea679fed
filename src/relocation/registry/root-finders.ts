import { readBundleOrImagesLock } from '../../carvel/bundle-lock-file.ts';
import { discoverBundle } from '../../carvel/discovery.ts';
import { carvelError } from '../../carvel/errors.ts';
import type { FoundImage } from '../../carvel/graph.ts';
import type { ImagesLock } from '../../carvel/images-lock.ts';
import type { RegistryImageReader } from '../../carvel/registry-image-reader.ts';
import { AirgapError } from '../../base/errors.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { formatReference, parseReference } from '../../oci/reference.ts';
import type { Registries } from '../../oci/registries.ts';
import { relocationError } from '../errors.ts';
import { choosePackages } from '../packages/choose-packages.ts';
import { inPlaceOf } from '../source.ts';
import type { SourceContent, SourceItem } from '../source.ts';

export interface Finding {
  readonly registries: Registries;
  readonly reader: RegistryImageReader;
  /** Whether missing images are recorded instead of ending the search. */
  readonly keepGoing: boolean;
  /** The chosen Packages (see choosePackages); empty for the whole. */
  readonly packages: readonly string[];
  /** Called with the root before what it needs is searched for. */
  readonly onRoot?: (root: SourceItem) => void;
}

/** Finds a relocation's root and everything that it needs. */
export type RootFinder = (finding: Finding, signal: AbortSignal) => Promise<SourceContent>;

export interface ReferenceChoice {
  readonly reference: string;
  /**
   * `bundle` refuses images, `image` refuses bundles, `opaque` treats a bundle as an image, `any` accepts everything.
   */
  readonly as: 'bundle' | 'image' | 'opaque' | 'any';
}

/** imgpkg's `-b` and `-i`. */
export function findReference({ reference: text, as }: ReferenceChoice): RootFinder {
  const reference = parseReference(text);
  return async (finding, signal) => {
    const { registry, path, tag, digest: given } = reference;
    const isChosen = finding.packages.length > 0;
    if (isChosen && as !== 'bundle' && as !== 'any') throw relocationError('packages-need-bundle', { source: text });
    const image = await findRoot({ reference: text, as: isChosen && as === 'any' ? 'bundle' : as }, finding, signal);
    const resolved =
      given === undefined ? { resolved: { registry, path, tag: tag ?? 'latest', digest: image.place.digest } } : {};
    const ownTag = given !== undefined || tag === undefined ? {} : { tag };
    if (image.kind !== 'bundle') {
      const root: SourceItem = { image, ...ownTag };
      finding.onRoot?.(root);
      return { items: [root], root, bundles: [], ...resolved };
    }
    const origRef = formatReference(image.place);
    const root: SourceItem = { image, origRef, isRootBundle: true, ...ownTag };
    return { ...(await withBundle(finding, root, true, signal)), ...resolved };
  };
}

/**
 * Reads the root alone.
 * @throws carvel.not-a-bundle, relocation.image-is-bundle, relocation.root-missing and others
 */
export async function findRoot(
  { reference: text, as }: ReferenceChoice,
  { registries, reader }: Pick<Finding, 'registries' | 'reader'>,
  signal: AbortSignal,
): Promise<FoundImage> {
  const reference = parseReference(text);
  const { registry, path, tag, digest: given } = reference;
  if (given?.startsWith('sha512:') === true)
    throw carvelError('sha512-root', { reference: formatReference(reference) });
  // A tag is resolved only once; everything after this uses the digest.
  const found = await fetchRoot(async () => {
    const isBundle = as === 'bundle';
    if (given !== undefined) {
      const place = { registry, path, digest: given };
      return isBundle ? reader.readBundle(place, undefined, signal) : reader.read(place, signal);
    }
    const manifest = await registries.client(registry).getManifest(path, tag ?? 'latest', signal);
    const place = { registry, path, digest: manifest.digest };
    return isBundle ? reader.readBundle(place, manifest, signal) : reader.readFetched(place, manifest, signal);
  });
  const image: FoundImage = as === 'opaque' && found.kind === 'bundle' ? { ...found, kind: 'image' } : found;
  if (image.kind !== 'bundle' && as === 'bundle') throw notABundle(image, formatReference(reference));
  if (image.kind === 'bundle' && as === 'image') {
    throw relocationError('image-is-bundle', { reference: formatReference(reference) });
  }
  return image;
}

/** imgpkg's `--lock`: a BundleLock or an ImagesLock. */
export function findLock(path: string): RootFinder {
  return async (finding, signal) => {
    const lock = await readBundleOrImagesLock(path);
    if ('bundle' in lock) {
      const image = await fetchRoot(() => finding.reader.readBundle(lock.bundle, undefined, signal));
      if (image.kind !== 'bundle') throw notABundle(image, formatReference(lock.bundle));
      const tag = lock.tag === undefined || lock.tag === '' ? {} : { tag: lock.tag };
      return withBundle(finding, { image, isRootBundle: true, ...tag }, false, signal);
    }
    return findImages(finding, lock, path, signal);
  };
}

async function findImages(
  { reader, packages }: Finding,
  lock: ImagesLock,
  path: string,
  signal: AbortSignal,
): Promise<SourceContent> {
  if (packages.length > 0) throw relocationError('packages-need-bundle', { source: path });
  const items = new Map<string, SourceItem>();
  await forEachParallel(lock.images, signal, async ({ reference }, stop) => {
    const image = await fetchRoot(() => reader.readListed(reference, stop));
    if (image.kind === 'bundle') {
      throw relocationError('bundle-in-images-lock', { reference: formatReference(reference) });
    }
    items.set(formatReference(reference), { image });
  });
  return { items: [...items.values()], bundles: [], lockImages: lock.images };
}

async function withBundle(
  { reader, keepGoing, packages, onRoot }: Finding,
  whole: SourceItem,
  keepNames: boolean,
  signal: AbortSignal,
): Promise<SourceContent> {
  const chosen = packages.length === 0 ? undefined : await choosePackages(whole.image, packages, reader, signal);
  const root = chosen === undefined ? whole : inPlaceOf(whole, chosen.image);
  onRoot?.(root);
  const graph = await discoverBundle(reader, root.image, signal, keepGoing);
  const { bundles, images } = graph;
  const items = new Map<string, SourceItem>([[formatReference(root.image.place), root]]);
  for (const { name, image } of images) {
    const key = formatReference(image.place);
    if (!items.has(key)) items.set(key, { image, ...(keepNames ? { origRef: formatReference(name) } : {}) });
  }
  const subset = chosen?.summarize(graph);
  return { items: [...items.values()], root, bundles, ...(subset === undefined ? {} : { subset, original: whole }) };
}

/** imgpkg starts every error about the root with the same words. */
async function fetchRoot(fetch: () => Promise<FoundImage>): Promise<FoundImage> {
  try {
    return await fetch();
  } catch (error) {
    if (!(error instanceof AirgapError)) throw error;
    if (error.code === 'oci.not-found') {
      throw relocationError('root-missing', { ...error.args, reason: error.message }, error);
    }
    throw error.after('Fetching image: ');
  }
}

function notABundle(image: FoundImage, reference: string): Error {
  const kind = image.kind === 'index' ? 'an image index' : 'a plain image';
  return carvelError('not-a-bundle', { reference, kind });
}
