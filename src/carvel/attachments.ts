import { AirgapError } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { algorithmOf, hexOf, isDigest } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { isJsonObject, member, parseJson } from '../oci/json.ts';
import type { Registries } from '../oci/registries.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { carvelError } from './errors.ts';
import type { FoundImage } from './graph.ts';
import type { RegistryImageReader } from './registry-image-reader.ts';

/** What hangs on an image: a signature, an attestation, an SBOM, or anything with a `subject`. */
export interface Attachment {
  readonly image: FoundImage;
  /** cosign's tag; OCI referrers have none. */
  readonly tag?: string;
  /** For OCI referrers: what they refer to. */
  readonly subject?: Digest;
}

export interface AttachmentChoice {
  readonly cosignSignatures: boolean;
  readonly referrers: boolean;
}

const MAX_DEPTH = 4;
const MAX_PER_IMAGE = 1000;

/**
 * Finds what hangs on images, in the repository where each was found: cosign's `sha256-….sig`, and by `referrers` also
 * `.att`, `.sbom` and OCI 1.1 referrers with what hangs on those (distribution-spec, "Listing Referrers").
 */
export class AttachmentFinder {
  readonly #registries: Registries;
  readonly #reader: RegistryImageReader;
  readonly #choice: AttachmentChoice;
  readonly #limiter: Limiter;
  readonly #found = new Map<string, Attachment>();

  constructor(registries: Registries, reader: RegistryImageReader, choice: AttachmentChoice, parallel: number) {
    this.#registries = registries;
    this.#reader = reader;
    this.#choice = choice;
    this.#limiter = new Limiter(parallel);
  }

  async find(images: readonly FoundImage[], signal: AbortSignal): Promise<Attachment[]> {
    if (this.#suffixes().length === 0) return [];
    const places = new Map(images.map((image) => [formatReference(image.place), image.place]));
    await forEachParallel(places.values(), signal, (place, stop) => this.#visit(place, 0, stop));
    return [...this.#found.values()];
  }

  /** The same for one image of which only the place is known. */
  async findAt(place: DigestReference, signal: AbortSignal): Promise<Attachment[]> {
    await this.#visit(place, 0, signal);
    return [...this.#found.values()];
  }

  #suffixes(): string[] {
    const { cosignSignatures, referrers } = this.#choice;
    return [...(cosignSignatures || referrers ? ['sig'] : []), ...(referrers ? ['att', 'sbom'] : [])];
  }

  async #visit(place: DigestReference, depth: number, signal: AbortSignal): Promise<void> {
    const base = `${algorithmOf(place.digest)}-${hexOf(place.digest)}`;
    await forEachParallel(this.#suffixes(), signal, (suffix, stop) => this.#tagged(place, `${base}.${suffix}`, stop));
    if (!this.#choice.referrers || depth >= MAX_DEPTH) return;
    const digests = await this.#referrersOf(place, base, signal);
    await forEachParallel(digests, signal, async (digest, stop) => {
      const own = { ...place, digest };
      const key = formatReference(own);
      if (this.#found.has(key)) return;
      const image = await this.#reader.read(own, stop);
      this.#found.set(key, { image, subject: place.digest });
      await this.#visit(own, depth + 1, stop);
    });
  }

  async #tagged(place: DigestReference, tag: string, signal: AbortSignal): Promise<void> {
    const client = this.#registries.client(place.registry);
    let digest: Digest | undefined;
    try {
      const head = await this.#limiter.run(signal, () => client.headManifest(place.path, tag, signal));
      digest = head?.digest;
    } catch (error) {
      // Some registries say 403 for what is not there; imgpkg takes that for none, too.
      if (error instanceof AirgapError && error.code === 'oci.forbidden') return;
      if (!(error instanceof AirgapError)) throw error;
      throw carvelError('signature', { image: formatReference(place), reason: error.message }, error);
    }
    if (digest === undefined) return;
    const image = await this.#reader.read({ ...place, digest }, signal);
    this.#found.set(`${formatReference(image.place)} ${tag}`, { image, tag });
  }

  async #referrersOf(place: DigestReference, fallbackTag: string, signal: AbortSignal): Promise<Digest[]> {
    const client = this.#registries.client(place.registry);
    const index =
      (await this.#limiter.run(signal, () => client.referrers(place.path, place.digest, signal))) ??
      (await this.#limiter.run(signal, async () => {
        const head = await client.headManifest(place.path, fallbackTag, signal);
        return head === undefined ? undefined : (await client.getManifest(place.path, fallbackTag, signal)).bytes;
      }));
    const json = index === undefined ? undefined : parseJson(index);
    const list = isJsonObject(json) ? member(json, 'manifests') : undefined;
    if (!Array.isArray(list)) return [];
    const digests = list.map((entry: unknown) => (isJsonObject(entry) ? member(entry, 'digest') : undefined));
    return [...new Set(digests.filter(isDigest))].slice(0, MAX_PER_IMAGE);
  }
}
