import { attachmentOf } from '../carvel/attachment-kind.ts';
import { archiveFormat } from '../carvel/archive/oci-layout.ts';
import type { AttachmentChoice } from '../carvel/attachments.ts';
import type { Digest } from '../oci/digest.ts';
import type { Registries } from '../oci/registries.ts';
import { ArchiveSource } from './archive/archive-source.ts';
import { RegistrySource } from './registry/registry-source.ts';
import { RegistryImageReader } from '../carvel/registry-image-reader.ts';
import { readPackageListing } from './packages/choose-packages.ts';
import type { PackageListing } from './packages/package-listing.ts';
import { findReference, findRoot } from './registry/root-finders.ts';
import type { RelocationSource } from './source.ts';
import { blobsOf, manifestsOf } from '../carvel/graph.ts';
import type { BundleNode, FoundImage, ManifestNode } from '../carvel/graph.ts';
import { parseDigestReference, formatReference } from '../oci/reference.ts';
import { isRecord, member, parseJson } from '../base/json.ts';
import { platformText } from '../oci/manifest.ts';

/** Maximum number of concurrent requests. */
const PARALLEL = 16;

/**
 * Reads an image, an index or a bundle with everything that its locks name. Sends no request that writes.
 * @param options.keepGoing whether images that are missing are listed instead of ending the search
 * @throws oci.reference-invalid, oci.not-found, carvel.image-missing
 */
export function describeReference(
  reference: string,
  registries: Registries,
  attachments: AttachmentChoice,
  signal: AbortSignal,
  { keepGoing = false }: { readonly keepGoing?: boolean } = {},
): Promise<Description> {
  const find = findReference({ reference, as: 'any' });
  const own = {
    description: reference,
    registries,
    attachments,
    parallel: PARALLEL,
    keepGoing,
    packages: [],
    platforms: [],
    find,
  };
  const source = new RegistrySource(own);
  return describeSource(source, signal);
}

/**
 * Lists the Packages of a PackageRepository bundle with what each of them needs.
 * @throws carvel.not-a-bundle, oci.reference-invalid, oci.not-found, and the errors of readRepositoryBundle
 */
export async function describePackages(
  reference: string,
  registries: Registries,
  signal: AbortSignal,
): Promise<PackageListing> {
  const reader = new RegistryImageReader(registries, PARALLEL);
  const root = await findRoot({ reference, as: 'bundle' }, { registries, reader }, signal);
  return readPackageListing(root, reader, signal);
}

/**
 * Lists the Packages of the bundle that a tar was exported from.
 * @throws the errors of ArchiveSource.open and listPackages
 */
export async function describeArchivePackages(path: string, signal: AbortSignal): Promise<PackageListing> {
  const source = await ArchiveSource.open(path, { format: await archiveFormat(path) });
  try {
    return await source.listPackages(signal);
  } finally {
    await source.close();
  }
}

/** Reads what a tar or an OCI image layout contains, with the locks of its bundles. Layers are not verified. */
export async function describeArchive(path: string, signal: AbortSignal): Promise<Description> {
  const source = await ArchiveSource.open(path, { format: await archiveFormat(path) });
  try {
    return await describeSource(source, signal);
  } finally {
    await source.close();
  }
}

async function describeSource(source: RelocationSource, signal: AbortSignal): Promise<Description> {
  const { items, root, bundles, evidence = [] } = await source.discover(signal);
  const builder = new DescriptionBuilder(
    items.map(({ image }) => image),
    bundles,
  );
  const roots = root === undefined ? [] : [builder.describe(root.image, root.tag)];
  const shown = new Set<Digest>();
  for (const { image, tag } of items) {
    if (builder.has(image.node.digest) || shown.has(image.node.digest)) continue;
    shown.add(image.node.digest);
    roots.push(builder.describe(image, tag));
  }
  const facts = evidence.map(({ image, tag }) => attachmentOf(image.node.bytes, tag));
  const signed = facts.flatMap((fact) => (fact?.kind === 'signature' ? [fact.subject] : []));
  const own = { source: source.description, roots, totals: builder.totals() };
  return signed.length === 0 ? own : { ...own, signed: [...new Set(signed)] };
}

/** A layer or config. */
export interface DescribedBlob {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: number;
}

/** A manifest that an index lists. */
export interface DescribedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Total size of manifest, config and layers. */
  readonly bytes: number;
  /** os/architecture[/variant], if the index states it. */
  readonly platform?: string;
  /** Its distinct configs and layers. */
  readonly blobs: readonly DescribedBlob[];
}

/** An image that a lock names and that is nowhere. */
interface UnfoundImage {
  /** The reference in the lock. */
  readonly reference: string;
  readonly digest: Digest;
  readonly reason: string;
}

/** An image, index or bundle with its content. */
export interface DescribedImage {
  /** registry/path@digest; in a tar, the original location. */
  readonly reference: string;
  /** The reference in the lock that names it; absent for a root. */
  readonly origin?: string;
  readonly digest: Digest;
  readonly kind: 'image' | 'index' | 'bundle';
  readonly mediaType: string;
  /** Size of its manifests, configs and layers; for a bundle, without the images of its lock. */
  readonly bytes: number;
  /** Size with the images of its lock and of nested bundles; shared content counts once. */
  readonly wholeBytes: number;
  readonly tag?: string;
  /** Config and layers of an image or bundle. */
  readonly blobs: readonly DescribedBlob[];
  /** Manifests of an index. */
  readonly manifests?: readonly DescribedManifest[];
  /** Images named by a bundle's lock. Absent if `repeated`. */
  readonly images?: readonly DescribedImage[];
  /** Images of the lock that are nowhere; absent if there are none. */
  readonly missing?: readonly UnfoundImage[];
  /** Whether the bundle is described in full elsewhere in the tree. */
  readonly repeated?: boolean;
}

/** The content of a reference or a tar as plain data. */
export interface Description {
  /** A reference or a path. */
  readonly source: string;
  /** The root, followed by items outside any bundle: signatures and referrers, or all items of a tar without a root. */
  readonly roots: readonly DescribedImage[];
  /** The manifests with a signature, which is not verified; absent if there are none, or the source was not asked. */
  readonly signed?: readonly Digest[];
  /** Totals over all distinct digests. */
  readonly totals: {
    readonly images: number;
    readonly bundles: number;
    readonly blobs: number;
    readonly bytes: number;
  };
}

/** Builds the tree of found images; a bundle that occurs several times is described in full only once. */
class DescriptionBuilder {
  readonly #images: ReadonlyMap<Digest, FoundImage>;
  readonly #bundles: ReadonlyMap<Digest, BundleNode>;
  readonly #described = new Set<Digest>();
  readonly #seen = new Set<Digest>();

  constructor(images: readonly FoundImage[], bundles: readonly BundleNode[]) {
    this.#images = new Map(images.map((image) => [image.node.digest, image]));
    this.#bundles = new Map(bundles.map((bundle) => [bundle.image.node.digest, bundle]));
  }

  describe(image: FoundImage, tag?: string, origin?: string): DescribedImage {
    const { node, kind, place } = image;
    this.#seen.add(node.digest);
    return {
      reference: formatReference(place),
      ...(origin === undefined ? {} : { origin }),
      digest: node.digest,
      kind,
      mediaType: node.mediaType,
      bytes: bytesOf([node]),
      wholeBytes: bytesOf(this.#whole(image).map((each) => each.node)),
      ...(tag === undefined ? {} : { tag }),
      blobs: node.blobs.map(({ digest, mediaType, size }) => ({ digest, mediaType, bytes: size })),
      ...(kind === 'index' ? { manifests: manifestsOfIndex(node) } : {}),
      ...this.#below(node.digest),
    };
  }

  /** Whether the tree contains an image. */
  has(digest: Digest): boolean {
    return this.#seen.has(digest);
  }

  totals(): Description['totals'] {
    const all = [...this.#images.values()];
    const nodes = all.map(({ node }) => node);
    return {
      images: all.length,
      bundles: all.filter(({ kind }) => kind === 'bundle').length,
      blobs: new Set(nodes.flatMap((node) => [...blobsOf(node)].map(({ digest }) => digest))).size,
      bytes: bytesOf(nodes),
    };
  }

  /** An image with all images below it. */
  #whole(image: FoundImage, seen = new Set<Digest>()): FoundImage[] {
    const { digest } = image.node;
    if (seen.has(digest)) return [];
    seen.add(digest);
    const below = this.#bundles.get(digest)?.locations ?? [];
    return [
      image,
      ...below.flatMap(({ image: origin }) => {
        const found = this.#images.get(parseDigestReference(origin).digest);
        return found === undefined ? [] : this.#whole(found, seen);
      }),
    ];
  }

  #below(digest: Digest): Pick<DescribedImage, 'images' | 'missing' | 'repeated'> {
    const bundle = this.#bundles.get(digest);
    if (bundle === undefined) return {};
    if (this.#described.has(digest)) return { repeated: true };
    this.#described.add(digest);
    const images = bundle.locations.flatMap(({ image: origin }) => {
      const found = this.#images.get(parseDigestReference(origin).digest);
      return found === undefined ? [] : [this.describe(found, undefined, origin)];
    });
    const missing = (bundle.missing ?? []).map(({ name, error }) => ({
      reference: formatReference(name),
      digest: name.digest,
      reason: error.message,
    }));
    return { images, ...(missing.length === 0 ? {} : { missing }) };
  }
}

function manifestsOfIndex(node: ManifestNode): DescribedManifest[] {
  const json = parseJson(node.bytes);
  const list = isRecord(json) ? member(json, 'manifests') : undefined;
  return node.children.map((child) => {
    const entry: unknown = Array.isArray(list)
      ? list.find((each: unknown) => isRecord(each) && each['digest'] === child.digest)
      : undefined;
    const platform = isRecord(entry) ? platformText(member(entry, 'platform')) : undefined;
    return {
      digest: child.digest,
      mediaType: child.mediaType,
      bytes: bytesOf([child]),
      blobs: describedBlobs(child),
      ...(platform === undefined ? {} : { platform }),
    };
  });
}

function describedBlobs(node: ManifestNode): DescribedBlob[] {
  const distinct = new Map([...blobsOf(node)].map((blob) => [blob.digest, blob]));
  return [...distinct.values()].map(({ digest, mediaType, size }) => ({ digest, mediaType, bytes: size }));
}

/** Total size of the distinct manifests, configs and layers. */
function bytesOf(nodes: readonly ManifestNode[]): number {
  const sizes = new Map<Digest, number>();
  for (const node of nodes) {
    for (const { digest, size } of blobsOf(node)) sizes.set(digest, size);
    for (const { digest, bytes } of manifestsOf(node)) sizes.set(digest, bytes.byteLength);
  }
  return [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
}
