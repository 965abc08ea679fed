import { blobsOf, manifestsOf } from '../carvel/graph.ts';
import type { BundleNode, FoundImage, ManifestNode } from '../carvel/graph.ts';
import { parseDigestReference, formatReference } from '../oci/reference.ts';
import type { Digest } from '../oci/digest.ts';
import { isRecord, member, parseJson } from '../base/json.ts';
import { platformText } from '../oci/manifest.ts';
import type { DescribedImage, DescribedManifest, Description } from './description.ts';

/** Builds the tree of found images; a bundle that occurs several times is described in full only once. */
export class DescriptionBuilder {
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

  #below(digest: Digest): Pick<DescribedImage, 'images' | 'repeated'> {
    const bundle = this.#bundles.get(digest);
    if (bundle === undefined) return {};
    if (this.#described.has(digest)) return { repeated: true };
    this.#described.add(digest);
    const images = bundle.locations.flatMap(({ image: origin }) => {
      const found = this.#images.get(parseDigestReference(origin).digest);
      return found === undefined ? [] : [this.describe(found, undefined, origin)];
    });
    return { images };
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
      ...(platform === undefined ? {} : { platform }),
    };
  });
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
