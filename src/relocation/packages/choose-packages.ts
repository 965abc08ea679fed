import { discoverBundle } from '../../carvel/discovery.ts';
import type { ProvidingImageReader } from '../../carvel/discovery.ts';
import type { BundleGraph, FoundImage } from '../../carvel/graph.ts';
import { formatReference } from '../../oci/reference.ts';
import type { PackageVersion } from '../../packaging/subset/package-choice.ts';
import { attributeImages, makeSubset, needsNested, readRepositoryBundle } from '../../packaging/subset/make-subset.ts';
import type { RepositoryBundle, Subset } from '../../packaging/subset/make-subset.ts';
import { listPackages, packageCosts } from './package-listing.ts';
import type { PackageCost, PackageListing } from './package-listing.ts';

/** What a bundle with chosen Packages has of the original, as plain data. */
export interface SubsetSummary {
  /** registry/path@digest of the original. */
  readonly of: string;
  /** The chosen Packages and what they cost. */
  readonly packages: readonly PackageCost[];
  readonly leftOut: readonly PackageVersion[];
  /** Number of images of the original's lock that are left out. */
  readonly imagesLeftOut: number;
  /** References of images that no Package of the original needs; they are kept. */
  readonly unattributed: readonly string[];
}

/** A root bundle with chosen Packages. */
export interface ChosenPackages {
  readonly image: FoundImage;
  /** Summarizes the choice, given everything that the new bundle needs. */
  readonly summarize: (graph: BundleGraph) => SubsetSummary;
}

/**
 * Makes the bundle with the chosen Packages of another one, which the reader then provides.
 * @returns undefined if that is the whole bundle
 * @throws the errors of readRepositoryBundle and choosePackages
 */
export async function choosePackages(
  root: FoundImage,
  choices: readonly string[],
  reader: ProvidingImageReader,
  signal: AbortSignal,
): Promise<ChosenPackages | undefined> {
  const bundle = await readRepositoryBundle(root, (layer) => reader.openLayer(root, layer, signal));
  const [config] = root.node.blobs;
  const content = config === undefined ? undefined : reader.contents.get(config.digest);
  if (content === undefined) throw new Error('The config of a bundle has been read.');
  const subset = makeSubset(bundle, content, choices, await nestedOf(bundle, reader, signal));
  if (subset === undefined) return undefined;
  reader.provide(subset.blobs);
  return { image: subset.image, summarize: (graph) => summarize(root, subset, graph) };
}

/** Lists the Packages of a bundle with what they need. Images that are missing at the source are counted. */
export async function readPackageListing(
  root: FoundImage,
  reader: ProvidingImageReader,
  signal: AbortSignal,
): Promise<PackageListing> {
  const bundle = await readRepositoryBundle(root, (layer) => reader.openLayer(root, layer, signal));
  const graph = await discoverBundle(reader, root, signal, true);
  const users = attributeImages(bundle, graph);
  const unattributed = bundle.lock.images.filter((image) => users.get(image)?.size === 0);
  return listPackages({ image: root, packages: bundle.packages, unattributed, graph });
}

/** The bundles in a lock, if an image of it can only be attributed through them; what is missing stays unattributed. */
async function nestedOf(
  bundle: RepositoryBundle,
  reader: ProvidingImageReader,
  signal: AbortSignal,
): Promise<BundleGraph | undefined> {
  return needsNested(bundle) ? discoverBundle(reader, bundle.image, signal, true) : undefined;
}

function summarize(root: FoundImage, subset: Subset, graph: BundleGraph): SubsetSummary {
  const { image, packages, leftOut, imagesLeftOut, unattributed } = subset;
  return {
    of: formatReference(root.place),
    packages: packageCosts(listPackages({ image, packages, unattributed, graph })),
    leftOut: leftOut.map(({ name, version }) => ({ name, version })),
    imagesLeftOut: imagesLeftOut.length,
    unattributed: unattributed.map(({ reference }) => formatReference(reference)),
  };
}
