import { discoverBundle } from '../carvel/discovery.ts';
import { carvelError } from '../carvel/errors.ts';
import { RegistryImageReader } from '../carvel/registry-image-reader.ts';
import type { Digest } from '../oci/digest.ts';
import type { Lane } from '../oci/http/transport.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Reference } from '../oci/reference.ts';
import type { Registries } from '../oci/registries.ts';
import { sortItems } from './items.ts';
import type { OpenedBlob, RelocationSource, SourceBlob, SourceContent, SourceItem } from './source.ts';

/** A bundle or image in a registry. */
export class RegistrySource implements RelocationSource {
  readonly description: string;
  readonly #reference: Reference;
  readonly #mustBeBundle: boolean;
  readonly #registries: Registries;
  readonly #reader: RegistryImageReader;

  /**
   * @param parallel requests for manifests and configs under way at once
   * @throws oci.reference-invalid
   */
  constructor(reference: string, mustBeBundle: boolean, registries: Registries, parallel: number) {
    this.#reference = parseReference(reference);
    this.description = formatReference(this.#reference);
    this.#mustBeBundle = mustBeBundle;
    this.#registries = registries;
    this.#reader = new RegistryImageReader(registries, parallel);
  }

  async discover(signal: AbortSignal): Promise<SourceContent> {
    const { registry, path, tag, digest: given } = this.#reference;
    // A tag is resolved once; from here on everything goes by digest.
    const digest = given ?? (await this.#resolve(tag ?? 'latest', signal));
    const image = await this.#reader.read({ registry, path, digest }, signal);
    if (image.kind !== 'bundle' && this.#mustBeBundle) {
      const kind = image.kind === 'index' ? 'an image index' : 'a plain image';
      throw carvelError('not-a-bundle', { reference: this.description, kind });
    }
    const root: SourceItem = { image, ...(given !== undefined || tag === undefined ? {} : { tag }) };
    if (image.kind !== 'bundle') return { items: [root], root, bundles: [] };
    const { bundles, images } = await discoverBundle(this.#reader, image, signal);
    return { items: sortItems([root, ...images.map((each) => ({ image: each }))]), root, bundles };
  }

  kept(digest: Digest): Buffer | undefined {
    return this.#reader.contents.get(digest);
  }

  openBlob({ descriptor, place }: SourceBlob, lane: Lane, signal: AbortSignal): Promise<OpenedBlob> {
    return this.#registries.client(place.registry).openBlob(place.path, descriptor.digest, lane, signal);
  }

  mountFrom({ place }: SourceBlob, registry: string): string | undefined {
    return place.registry === registry ? place.path : undefined;
  }

  close(): Promise<void> {
    return this.#registries.close();
  }

  async #resolve(tag: string, signal: AbortSignal): Promise<Digest> {
    const { registry, path } = this.#reference;
    const client = this.#registries.client(registry);
    const head = await client.headManifest(path, tag, signal);
    // What is missing is asked for once more by GET: its answer says why.
    return (head ?? (await client.getManifest(path, tag, signal))).digest;
  }
}
