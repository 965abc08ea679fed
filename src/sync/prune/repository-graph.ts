import { AirgapError } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { readImagesLock } from '../../carvel/bundle.ts';
import { manifestsOf } from '../../carvel/graph.ts';
import type { FoundImage, ManifestNode } from '../../carvel/graph.ts';
import { readLocationsText } from '../../carvel/locations-image.ts';
import { RegistryImageReader } from '../../carvel/registry-image-reader.ts';
import { locationsTag } from '../../carvel/tags.ts';
import { listAllTags, MAX_TAGS } from '../../oci/all-tags.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatReference, formatRepository } from '../../oci/reference.ts';
import type { DigestReference, Repository } from '../../oci/reference.ts';
import { subjectOf } from '../../oci/referrers.ts';
import type { Registries } from '../../oci/registries.ts';
import { syncError } from '../errors.ts';

/** Maximum number of concurrent requests. */
const PARALLEL = 16;
const DIGESTS = /sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})/g;

/** A manifest of a repository, and what it needs. Sizes are in bytes. */
export interface GraphNode {
  readonly digest: Digest;
  readonly kind: 'bundle' | 'image' | 'index';
  /** Size of the manifest itself. */
  readonly bytes: number;
  readonly blobs: ReadonlyMap<Digest, number>;
  /** Manifests that an index lists. */
  readonly children: readonly Digest[];
  /** What it is attached to. */
  readonly subject?: Digest;
  /** For a bundle: the images in its lock, by the names there. */
  readonly locked: readonly DigestReference[];
  /** For a locations image: all digests in it. */
  readonly located: readonly Digest[];
}

/** Everything that the tags of a repository lead to. */
export interface RepositoryGraph {
  /** registry/path */
  readonly name: string;
  readonly repository: Repository;
  readonly tags: ReadonlyMap<string, Digest>;
  readonly nodes: ReadonlyMap<Digest, GraphNode>;
}

/**
 * Reads what a repository holds and what needs what: one HEAD request per tag, and for each manifest one GET and those for
 * its config and, if it is a bundle, its layer. A repository that does not exist is empty.
 * @throws sync.prune-unreadable if a bundle's lock or a manifest cannot be read: what it needs would be unknown
 */
export async function readRepositoryGraph(
  repository: Repository,
  registries: Registries,
  signal: AbortSignal,
): Promise<RepositoryGraph> {
  return new GraphReader(repository, registries).read(signal);
}

class GraphReader {
  readonly #repository: Repository;
  readonly #registries: Registries;
  readonly #reader: RegistryImageReader;
  readonly #limiter = new Limiter(PARALLEL);
  readonly #nodes = new Map<Digest, GraphNode>();

  constructor(repository: Repository, registries: Registries) {
    this.#repository = repository;
    this.#registries = registries;
    // An index may lack the manifests of some platforms.
    this.#reader = new RegistryImageReader(registries, PARALLEL, { mayLack: () => true });
  }

  async read(signal: AbortSignal): Promise<RepositoryGraph> {
    const tags = await this.#tags(signal);
    const locations = new Set<Digest>();
    for (const digest of new Set(tags.values())) {
      const target = tags.get(locationsTag(digest));
      if (target !== undefined) locations.add(target);
    }
    await forEachParallel(new Set(tags.values()), signal, (digest, stop) =>
      this.#visit(digest, locations.has(digest), stop),
    );
    const { registry, path } = this.#repository;
    return { name: formatRepository({ registry, path }), repository: { registry, path }, tags, nodes: this.#nodes };
  }

  async #tags(signal: AbortSignal): Promise<Map<string, Digest>> {
    const { registry, path } = this.#repository;
    const client = this.#registries.client(registry);
    const name = formatRepository(this.#repository);
    const names = await listAllTags(
      this.#repository,
      { tags: (_, options) => client.tags(path, options) },
      signal,
    ).catch((error: unknown) => {
      if (error instanceof AirgapError && error.code === 'oci.not-found') return [];
      throw error;
    });
    if (names === undefined) throw syncError('too-many-tags', { repository: name, limit: MAX_TAGS });
    const tags = new Map<string, Digest>();
    await forEachParallel(names, signal, async (tag, stop) => {
      const head = await this.#limiter.run(stop, () => client.headManifest(path, tag, stop));
      if (head !== undefined) tags.set(tag, head.digest);
    });
    return tags;
  }

  async #visit(digest: Digest, isLocations: boolean, signal: AbortSignal): Promise<void> {
    const place = { registry: this.#repository.registry, path: this.#repository.path, digest };
    try {
      const image = await this.#limiter.run(signal, () => this.#reader.read(place, signal));
      const locked = image.kind === 'bundle' ? await this.#lock(image, signal) : [];
      const text = isLocations ? await readLocationsText(this.#registries, place, signal) : undefined;
      const located = (text?.match(DIGESTS) ?? []) as Digest[];
      for (const node of manifestsOf(image.node)) {
        const own = node.digest === digest ? { kind: image.kind, locked, located } : undefined;
        if (own === undefined && this.#nodes.has(node.digest)) continue;
        this.#nodes.set(node.digest, nodeOf(node, own));
      }
    } catch (error) {
      if (!(error instanceof AirgapError) || signal.aborted) throw error;
      throw syncError('prune-unreadable', { reference: formatReference(place), reason: error.message }, error);
    }
  }

  async #lock(image: FoundImage, signal: AbortSignal): Promise<readonly DigestReference[]> {
    const { images } = await readImagesLock(image, (layer) => this.#reader.openLayer(image, layer, signal));
    return images.map(({ reference }) => reference);
  }
}

function nodeOf(
  { digest, bytes, blobs, children }: ManifestNode,
  own: Pick<GraphNode, 'kind' | 'locked' | 'located'> | undefined,
): GraphNode {
  const subject = subjectOf(bytes);
  return {
    digest,
    kind: children.length > 0 ? 'index' : 'image',
    bytes: bytes.byteLength,
    blobs: new Map(blobs.map((blob) => [blob.digest, blob.size])),
    children: children.map((child) => child.digest),
    ...(subject === undefined ? {} : { subject }),
    locked: [],
    located: [],
    ...own,
  };
}
