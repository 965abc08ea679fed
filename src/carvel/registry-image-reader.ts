import { AirgapError, isAbort } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import type { Limit } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { DigestVerifier } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { ociError } from '../oci/errors.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Registries } from '../oci/registries.ts';
import type { FetchedManifest } from '../oci/registry-client.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { isBundleConfig } from './bundle.ts';
import { PlacesTried } from './discovery.ts';
import { countManifests, incompleteIndex, isIncompleteIndex, MAX_MANIFESTS } from './graph.ts';
import type { FoundImage, ManifestNode } from './graph.ts';
import type { ProvidingImageReader } from './discovery.ts';
import { splitByPlatform } from './platforms.ts';
import type { Platforms } from './platforms.ts';
import { TagLists } from './tag-lists.ts';
import { imgpkgTag } from './tags.ts';

/** Bundle layers up to this size are cached when read; no other blob is read before it is copied. */
export const KEPT_LAYER_LIMIT = 8 * 1024 * 1024;
const CONFIG_LIMIT = 8 * 1024 * 1024;
const MAX_INDEX_DEPTH = 8;
/** Pages of tags that are read to tell where held images are at the source. */
export const HELD_PAGES = 8;

/** What the destination has already, so that the source need not be asked. */
export interface HeldImages {
  /**
   * The image with a digest, verified, if the destination has all of it; undefined if it is to be read from the source.
   * @param inBundle whether a bundle names it, which matters if it is a bundle itself
   */
  find(digest: Digest, inBundle: boolean, signal: AbortSignal): Promise<Pick<FoundImage, 'node' | 'kind'> | undefined>;
}

interface ReaderOptions {
  /** The manifests of indexes to read (see splitByPlatform); by default, all. */
  readonly platforms?: Platforms;
  /** Whether an index may lack a manifest, which is then left out; by default, it is incomplete. */
  readonly mayLack?: (child: Descriptor) => boolean;
  readonly held?: HeldImages | undefined;
}

/** Reads images from registries, each manifest and config once, and caches them in `contents`. */
export class RegistryImageReader implements ProvidingImageReader {
  /** Configs and small bundle layers by digest. */
  readonly contents = new Map<Digest, Buffer>();
  readonly #registries: Registries;
  readonly #limiter: Limiter;
  readonly #images = new SingleFlight<string, FoundImage>();
  /** Manifests of indexes by location. */
  readonly #nodes = new SingleFlight<string, ManifestNode>();
  /** Small bundle layers that are being read. */
  readonly #layers = new SingleFlight<string, Buffer>();
  readonly #provided = new Set<Digest>();
  readonly #platforms: Platforms;
  readonly #mayLack: (child: Descriptor) => boolean;
  readonly #held: HeldImages | undefined;
  readonly #tags: TagLists;

  /** @param parallel maximum number of concurrent requests */
  constructor(
    registries: Registries,
    parallel: Limit,
    { platforms = [], mayLack = () => false, held }: ReaderOptions = {},
  ) {
    this.#platforms = platforms;
    this.#mayLack = mayLack;
    this.#held = held;
    this.#registries = registries;
    this.#tags = new TagLists(registries);
    this.#limiter = new Limiter(parallel);
  }

  /** The lists of tags that are read to find images. */
  get tags(): TagLists {
    return this.#tags;
  }

  async find(places: readonly DigestReference[], signal: AbortSignal): Promise<FoundImage> {
    const held = await this.#findHeld(places, true, signal);
    if (held !== undefined) return held;
    const tried: string[] = [];
    let last: unknown;
    for (const place of places) {
      try {
        return await this.read(place, signal);
      } catch (error) {
        // Whatever is wrong at one location, the next may have the image.
        if (isAbort(error)) throw error;
        tried.push(`${formatReference(place)}: ${error instanceof Error ? error.message : String(error)}`);
        // An incomplete image at one location is more informative than a missing one at the next.
        if (!isIncompleteIndex(last)) last = error;
      }
    }
    throw new PlacesTried(tried.join('; '), { cause: last });
  }

  /** Reads the image of a lock that is no bundle's, at the destination if it is held. */
  async readListed(place: DigestReference, signal: AbortSignal): Promise<FoundImage> {
    return (await this.#findHeld([place], false, signal)) ?? this.read(place, signal);
  }

  /** Reads the image at one location. */
  read(place: DigestReference, signal: AbortSignal): Promise<FoundImage> {
    return this.#images.do(formatReference(place), async () =>
      this.#found(place, await this.#node(place, '', signal, 0), signal),
    );
  }

  /**
   * Like `read`, for an image that should be a bundle: its layer is read at the same time as its config.
   * @param manifest if it has been read already
   */
  readBundle(place: DigestReference, manifest: FetchedManifest | undefined, signal: AbortSignal): Promise<FoundImage> {
    return this.#images.do(formatReference(place), async () => {
      const node = await (manifest === undefined
        ? this.#node(place, '', signal, 0)
        : this.#nodeOf(place, manifest, '', signal, 0));
      const [config, layer, ...others] = node.blobs;
      if (config !== undefined && layer !== undefined && layer.size <= KEPT_LAYER_LIMIT && others.length === 0) {
        // An error appears where the layer is used.
        this.#keepLayer(place, layer, signal).catch(() => undefined);
      }
      return this.#found(place, node, signal);
    });
  }

  /** Reads the image of which the manifest has been read already. */
  readFetched(place: DigestReference, manifest: FetchedManifest, signal: AbortSignal): Promise<FoundImage> {
    return this.#images.do(formatReference(place), async () =>
      this.#found(place, await this.#nodeOf(place, manifest, '', signal, 0), signal),
    );
  }

  /**
   * Reads an image of which the manifest has been read. Its config is not cached, and is read only if the image can be a
   * bundle.
   * @param manifest verified
   */
  async complete(
    place: DigestReference,
    manifest: FetchedManifest,
    canBeBundle: boolean,
    signal: AbortSignal,
  ): Promise<Pick<FoundImage, 'node' | 'kind'>> {
    const node = await this.#nodeOf(place, manifest, '', signal, 0);
    if (countManifests(node) > MAX_MANIFESTS) throw tooManyManifests(place);
    const [config, ...layers] = node.blobs;
    if (config === undefined) return { node, kind: 'index' };
    // A bundle has a single layer.
    if (layers.length !== 1 || !canBeBundle || config.size > CONFIG_LIMIT) return { node, kind: 'image' };
    return { node, kind: isBundleConfig(await this.#readConfig(place, config, signal)) ? 'bundle' : 'image' };
  }

  provide(blobs: ReadonlyMap<Digest, Buffer>): void {
    for (const [digest, bytes] of blobs) {
      this.contents.set(digest, bytes);
      this.#provided.add(digest);
    }
  }

  isProvided(digest: Digest): boolean {
    return this.#provided.has(digest);
  }

  async *openLayer(image: FoundImage, layer: Descriptor, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const kept = this.contents.get(layer.digest);
    if (kept !== undefined) yield kept;
    else if (layer.size <= KEPT_LAYER_LIMIT) {
      yield await this.#keepLayer(image.place, layer, signal);
    } else {
      const client = this.#registries.client(image.place.registry);
      const { body, where } = await client.openBlob(image.place.path, layer, { lane: 'blob', signal });
      const verifier = new DigestVerifier(layer.digest);
      for await (const chunk of body) {
        verifier.update(chunk);
        yield chunk;
      }
      verifier.verify(where);
    }
  }

  #keepLayer({ registry, path }: DigestReference, layer: Descriptor, signal: AbortSignal): Promise<Buffer> {
    return this.#layers.do(formatReference({ registry, path, digest: layer.digest }), async () => {
      const client = this.#registries.client(registry);
      const bytes = await this.#limiter.run(signal, () => client.readBlob(path, layer, KEPT_LAYER_LIMIT, signal));
      this.contents.set(layer.digest, bytes);
      return bytes;
    });
  }

  async #found(place: DigestReference, node: ManifestNode, signal: AbortSignal): Promise<FoundImage> {
    if (countManifests(node) > MAX_MANIFESTS) throw tooManyManifests(place);
    return { place, node, kind: await this.#kind(place, node, signal) };
  }

  async #node(place: DigestReference, mediaType: string, signal: AbortSignal, depth: number): Promise<ManifestNode> {
    const client = this.#registries.client(place.registry);
    const fetched = await this.#limiter.run(signal, () => client.getManifest(place.path, place.digest, signal));
    return this.#nodeOf(place, fetched, mediaType, signal, depth);
  }

  async #nodeOf(
    place: DigestReference,
    fetched: FetchedManifest,
    mediaType: string,
    signal: AbortSignal,
    depth: number,
  ): Promise<ManifestNode> {
    const where = formatReference(place);
    const manifest = parseManifest(fetched.bytes, fetched.mediaType === '' ? mediaType : fetched.mediaType, where);
    const own = { digest: place.digest, mediaType: manifest.mediaType, bytes: fetched.bytes };
    if (manifest.kind === 'image') return { ...own, children: [], blobs: [manifest.config, ...manifest.layers] };
    if (depth >= MAX_INDEX_DEPTH) {
      throw ociError('manifest-invalid', { where, reason: `indexes are nested more than ${MAX_INDEX_DEPTH} deep` });
    }
    const { kept, omitted } = splitByPlatform(manifest.manifests, this.#platforms);
    const children = new Map<Digest, ManifestNode>();
    await forEachParallel(kept, signal, async (child, stop) => {
      const { registry, path } = place;
      const childPlace = { registry, path, digest: child.digest };
      // Indexes may share manifests; each is read once.
      const node = this.#nodes.do(formatReference(childPlace), () =>
        this.#node(childPlace, child.mediaType, stop, depth + 1),
      );
      try {
        children.set(child.digest, await node);
      } catch (error) {
        const isMissing = error instanceof AirgapError && error.code === 'oci.not-found';
        if (!isMissing) throw error;
        if (!this.#mayLack(child)) throw incompleteIndex(where, child, error);
      }
    });
    const inOrder = kept.map(({ digest }) => children.get(digest)).filter((each) => each !== undefined);
    return { ...own, children: inOrder, blobs: [], ...(omitted.length === 0 ? {} : { omitted }) };
  }

  async #kind(place: DigestReference, node: ManifestNode, signal: AbortSignal): Promise<FoundImage['kind']> {
    const [config] = node.blobs;
    if (config === undefined) return 'index';
    // The config has to be copied anyway, so reading it now costs nothing extra.
    if (config.size > CONFIG_LIMIT) return 'image';
    const bytes = this.contents.get(config.digest) ?? (await this.#readConfig(place, config, signal));
    this.contents.set(config.digest, bytes);
    return isBundleConfig(bytes) ? 'bundle' : 'image';
  }

  #readConfig({ registry, path }: DigestReference, config: Descriptor, signal: AbortSignal): Promise<Buffer> {
    const client = this.#registries.client(registry);
    return this.#limiter.run(signal, () => client.readBlob(path, config, CONFIG_LIMIT, signal));
  }

  async #findHeld(
    places: readonly DigestReference[],
    inBundle: boolean,
    signal: AbortSignal,
  ): Promise<FoundImage | undefined> {
    const [first, ...others] = places;
    if (this.#held === undefined || first === undefined) return undefined;
    const image = await this.#held.find(first.digest, inBundle, signal);
    // What is in a bundle may be missing although the bundle is there, so a bundle is read in any case.
    if (image === undefined || image.kind === 'bundle') return undefined;
    const tags = others.length === 0 ? undefined : await this.#tags.list(first, HELD_PAGES, signal);
    // Images that were relocated with their bundle have imgpkg's tag next to it; others are where the lock says.
    const place = others.length === 0 || tags?.has(imgpkgTag(first.digest)) === true ? first : (others[0] ?? first);
    return { ...image, place, isHeld: true };
  }
}

function tooManyManifests(place: DigestReference): Error {
  return ociError('manifest-invalid', {
    where: formatReference(place),
    reason: `it lists more than ${MAX_MANIFESTS} manifests`,
  });
}
