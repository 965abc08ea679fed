import { AirgapError, isAbort } from '../base/errors.ts';
import { defined } from '../base/json.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { blobsOf, incompleteIndex, isIncompleteIndex } from '../carvel/graph.ts';
import type { FoundImage, ManifestNode } from '../carvel/graph.ts';
import { RegistryImageReader } from '../carvel/registry-image-reader.ts';
import type { Digest } from '../oci/digest.ts';
import { parseManifest } from '../oci/manifest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { isNonDistributable } from '../oci/media-types.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference, Reference, Repository } from '../oci/reference.ts';
import type { Registries } from '../oci/registries.ts';
import type { PageOptions, RegistryClient } from '../oci/registry-client.ts';

/** Maximum number of concurrent requests. */
const PARALLEL = 16;
/**
 * Errors that imgpkg treats as "not there"; any other makes the cluster's fetch fail (imgpkg, locations_configs.go).
 */
const ABSENT = ['oci.not-found', 'oci.credentials-missing', 'oci.unauthorized', 'oci.forbidden'];

/** The local name of a registry that the cluster knows by another name: a tunnel, a NodePort, split DNS. */
export type Reach = (registry: string) => string;

/**
 * Why a policy does not admit an image; undefined if it does.
 * @param place where it is reached
 * @param names the tag under which it is pulled, and its registry's name in the cluster
 */
export type RefusalOf = (
  place: DigestReference,
  names: { readonly tag?: string | undefined; readonly registry: string },
  signal: AbortSignal,
) => Promise<string | undefined>;

/** The result of checking an image completely. */
export type ProbeResult =
  /** `lacks`: platforms that are incomplete and that no node has. */
  | {
      readonly kind: 'whole';
      readonly image: FoundImage;
      readonly lacks?: readonly string[];
      /** Why the policy does not admit it. */
      readonly refused?: string;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'incomplete' | 'unreadable'; readonly reason: string };

/** Sends an audit's requests: each only once, and none that writes. */
export class RegistryProbe {
  readonly #reader: RegistryImageReader;
  readonly #registries: Registries;
  readonly #reach: Reach;
  readonly #platforms: ReadonlySet<string> | undefined;
  readonly #refusalOf: RefusalOf | undefined;
  readonly #limiter = new Limiter(PARALLEL);
  readonly #digests = new SingleFlight<string, Digest | undefined>();
  readonly #images = new SingleFlight<string, ProbeResult>();
  readonly #blobs = new SingleFlight<string, boolean>();

  /**
   * @param platforms of the nodes, such as `linux/amd64`; of an index, nothing else is needed. A variant is ignored.
   *   Default: everything is needed.
   * @param refusalOf the policy; default: none
   */
  constructor(registries: Registries, reach: Reach, platforms?: Iterable<string>, refusalOf?: RefusalOf) {
    this.#refusalOf = refusalOf;
    this.#registries = registries;
    this.#reach = reach;
    this.#platforms = platforms && new Set(Array.from(platforms, (each) => each.split('/').slice(0, 2).join('/')));
    this.#reader = new RegistryImageReader(registries, PARALLEL, { mayLack: (child) => !this.#isNeeded(child) });
  }

  /** The digest of a tag or digest; undefined if it does not exist. */
  resolve(reference: Reference, signal: AbortSignal): Promise<Digest | undefined> {
    return this.#digests.do(formatReference(reference), async () => {
      const { registry, path, tag = 'latest', digest = tag } = reference;
      const client = this.#client(registry);
      return (await this.#limiter.run(signal, () => client.headManifest(path, digest, signal)))?.digest;
    });
  }

  /**
   * The digest of a reference.
   * @throws oci.not-found with the registry's message
   */
  async digestOf(reference: Reference, signal: AbortSignal): Promise<Digest> {
    const { registry, path, tag = 'latest', digest } = reference;
    if (digest !== undefined) return digest;
    const found = await this.resolve(reference, signal);
    return found ?? (await this.#client(registry).getManifest(path, tag, signal)).digest;
  }

  /** Whether imgpkg in the cluster will find the reference; it treats a refusal as "not there". */
  async isThere(reference: Reference, signal: AbortSignal): Promise<boolean> {
    try {
      return (await this.resolve(reference, signal)) !== undefined;
    } catch (error) {
      if (error instanceof AirgapError && ABSENT.includes(error.code)) return false;
      throw error;
    }
  }

  /** Checks an image with its manifests, config and all layers. Rejects only when aborted. */
  image(reference: Reference, signal: AbortSignal): Promise<ProbeResult> {
    return this.#images.do(formatReference(reference), async () => {
      const { registry, path } = reference;
      try {
        const digest = reference.digest ?? (await this.resolve(reference, signal));
        return digest === undefined
          ? { kind: 'missing' }
          : await this.#judged(await this.#checkCompleteness({ registry, path, digest }, signal), reference, signal);
      } catch (error) {
        return { kind: 'unreadable', reason: reasonOf(error) };
      }
    });
  }

  async #judged(result: ProbeResult, { tag, registry }: Reference, signal: AbortSignal): Promise<ProbeResult> {
    if (result.kind !== 'whole' || this.#refusalOf === undefined) return result;
    const place = this.#reached(result.image.place);
    const refused = await this.#limiter.run(signal, async () => this.#refusalOf?.(place, { tag, registry }, signal));
    return { ...result, ...defined({ refused }) };
  }

  async #checkCompleteness(place: DigestReference, signal: AbortSignal): Promise<ProbeResult> {
    try {
      const image = { ...(await this.#reader.read(this.#reached(place), signal)), place };
      const lacks = await this.#unneeded(place, image.node, signal);
      await forEachParallel(this.#neededBlobs(image.node), signal, (blob, stop) => this.#needBlob(place, blob, stop));
      return { kind: 'whole', image, ...(lacks.length > 0 && { lacks }) };
    } catch (error) {
      if (isIncompleteIndex(error)) return { kind: 'incomplete', reason: reasonOf(error) };
      const isGone = error instanceof MissingBlob || (error instanceof AirgapError && error.code === 'oci.not-found');
      if (!isGone) throw error;
      // Distinguishes a missing image from missing content.
      const isThere = (await this.resolve(place, signal)) !== undefined;
      return isThere ? { kind: 'incomplete', reason: reasonOf(error) } : { kind: 'missing' };
    }
  }

  /** Attestations are not pulled, and what names no platform may be for any. */
  #isNeeded({ attests, platform }: Descriptor): boolean {
    if (this.#platforms === undefined) return true;
    if (attests !== undefined) return false;
    const [os, architecture] = (platform ?? '').split('/');
    return architecture === undefined || this.#platforms.has(`${os}/${architecture}`);
  }

  /** The platforms of an index that no node has, and that are not complete. @throws if no other is there */
  async #unneeded(place: DigestReference, node: ManifestNode, signal: AbortSignal): Promise<string[]> {
    const children = childrenOf(node);
    const unneeded = children.filter((child) => !this.#isNeeded(child));
    const [first] = unneeded;
    if (first === undefined) return [];
    const lacking: string[] = [];
    for (const child of unneeded) {
      const own = node.children.find(({ digest }) => digest === child.digest);
      const isWhole = own !== undefined && (await this.#hasBlobs(place, own, signal));
      if (!isWhole && child.platform !== undefined) lacking.push(child.platform);
    }
    if (unneeded.length === children.length && lacking.length > 0) {
      throw incompleteIndex(formatReference(place), first);
    }
    return lacking;
  }

  async #hasBlobs(place: DigestReference, node: ManifestNode, signal: AbortSignal): Promise<boolean> {
    try {
      await forEachParallel(blobsOf(node), signal, (blob, stop) => this.#needBlob(place, blob, stop));
      return true;
    } catch (error) {
      if (error instanceof MissingBlob) return false;
      throw error;
    }
  }

  *#neededBlobs(node: ManifestNode): Generator<Descriptor> {
    const unneeded = new Set(
      childrenOf(node)
        .filter((child) => !this.#isNeeded(child))
        .map(({ digest }) => digest),
    );
    for (const child of node.children) if (!unneeded.has(child.digest)) yield* blobsOf(child);
    yield* node.blobs;
  }

  /** A page of a repository's tags in the registry's order. */
  tags({ registry, path }: Repository, options: PageOptions): ReturnType<RegistryClient['tags']> {
    return this.#client(registry).tags(path, options);
  }

  openLayer(image: FoundImage, layer: Descriptor, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#reader.openLayer({ ...image, place: this.#reached(image.place) }, layer, signal);
  }

  #client(registry: string): RegistryClient {
    return this.#registries.client(this.#reach(registry));
  }

  #reached(place: DigestReference): DigestReference {
    return { ...place, registry: this.#reach(place.registry) };
  }

  async #needBlob({ registry, path }: DigestReference, blob: Descriptor, signal: AbortSignal): Promise<void> {
    // Registries are not expected to have non-distributable layers, which stay at their URLs.
    if (isNonDistributable(blob.mediaType)) return;
    const has = await this.#blobs.do(`${registry}/${path}@${blob.digest}`, () =>
      this.#limiter.run(signal, () => this.#client(registry).hasBlob(path, blob.digest, signal)),
    );
    if (!has) throw new MissingBlob(`the layer ${blob.digest} is missing`);
  }
}

/** What an index lists; nothing for an image. */
function childrenOf({ bytes, mediaType, digest }: ManifestNode): readonly Descriptor[] {
  const manifest = parseManifest(bytes, mediaType, digest);
  return manifest.kind === 'index' ? manifest.manifests : [];
}

class MissingBlob extends Error {
  override readonly name = 'MissingBlob';
}

function reasonOf(error: unknown): string {
  if (isAbort(error)) throw error;
  return error instanceof Error ? error.message : String(error);
}
