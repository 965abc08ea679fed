import { AirgapError } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import type { Limit } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { algorithmOf, hexOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { ociError } from '../oci/errors.ts';
import { artifactTypeOf, isBrokenApi, subjectOf } from '../oci/referrers.ts';
import type { Referrer } from '../oci/referrers.ts';
import type { Registries } from '../oci/registries.ts';
import { formatReference } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { attachmentKind, attachmentOf } from './attachment-kind.ts';
import type { AttachmentFact } from './attachment-kind.ts';
import { carvelError } from './errors.ts';
import { manifestsOf } from './graph.ts';
import type { FoundImage } from './graph.ts';
import type { RegistryImageReader } from './registry-image-reader.ts';

/** Something that refers to an image: a signature, an attestation, an SBOM, or any artifact with a `subject`. */
export interface Attachment {
  readonly image: FoundImage;
  /** The cosign tag; OCI referrers have none. */
  readonly tag?: string;
}

export interface AttachmentChoice {
  readonly cosignSignatures: boolean;
  readonly referrers: boolean;
}

/** Deeper than any tool nests referrers. */
const MAX_DEPTH = 16;
/** Artifact types of cosign: bundles (cosign 3), and signatures of cosign 2 in its OCI 1.1 mode. */
const COSIGN_TYPE = /^application\/vnd\.dev\.(?:sigstore\.bundle|cosign\.artifact\.sig\b)/;
/** Some tools list an artifact with the type of its config, which is not informative. */
const CONFIG_TYPE = /^application\/vnd\.oci\.(?:empty|image\.config)\.v1\+json$/;

/**
 * Finds what refers to images and to the manifests of indexes, in the repository where each was found.
 * `cosignSignatures` finds cosign signatures, both `sha256-….sig` tags and OCI referrers. `referrers` also finds `.att`
 * and `.sbom` tags and all OCI 1.1 referrers, recursively (distribution-spec, "Listing Referrers").
 */
export class AttachmentFinder {
  /** Referrers that are listed but missing. */
  readonly warnings: string[] = [];
  /** Referrers that were seen but are not chosen. */
  readonly notChosen: AttachmentFact[] = [];
  readonly #registries: Registries;
  readonly #reader: RegistryImageReader;
  readonly #choice: AttachmentChoice;
  readonly #limiter: Limiter;
  readonly #found = new Map<string, Attachment>();

  constructor(registries: Registries, reader: RegistryImageReader, choice: AttachmentChoice, parallel: Limit) {
    this.#registries = registries;
    this.#reader = reader;
    this.#choice = choice;
    this.#limiter = new Limiter(parallel);
  }

  async find(images: readonly FoundImage[], signal: AbortSignal): Promise<Attachment[]> {
    if (this.#suffixes().length === 0) return [];
    const places = new Map<string, DigestReference>();
    for (const { place, node } of images) {
      // The platforms of an index can be signed individually.
      for (const { digest } of manifestsOf(node)) {
        const own = { ...place, digest };
        places.set(formatReference(own), own);
      }
    }
    await forEachParallel(places.values(), signal, (place, stop) => this.#visit(place, 0, stop));
    return [...this.#found.values()];
  }

  /** Like find, for an image of which only the location is known. */
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
    await forEachParallel(this.#suffixes(), signal, (suffix, stop) =>
      this.#tagged(place, `${base}.${suffix}`, depth, stop),
    );
    const listed = await this.#referrersOf(place, signal);
    await forEachParallel(listed, signal, (digest, stop) => this.#referrer(place, digest, depth, stop));
  }

  async #referrer(subject: DigestReference, digest: Digest, depth: number, signal: AbortSignal): Promise<void> {
    const place = { ...subject, digest };
    const key = formatReference(place);
    if (this.#found.has(key)) return;
    const image = await this.#read(place, subject, signal);
    // A list may contain manifests that refer to something else, or to nothing.
    if (image === undefined || subjectOf(image.node.bytes) !== subject.digest) return;
    if (this.#isChosen(image)) return this.#keep(key, { image }, depth, signal);
    const fact = attachmentOf(image.node.bytes, undefined);
    if (fact !== undefined) this.notChosen.push(fact);
  }

  async #tagged(place: DigestReference, tag: string, depth: number, signal: AbortSignal): Promise<void> {
    const client = this.#registries.client(place.registry);
    let digest: Digest | undefined;
    try {
      const head = await this.#limiter.run(signal, () => client.headManifest(place.path, tag, signal));
      digest = head?.digest;
    } catch (error) {
      // Some registries return 403 for missing content; imgpkg also treats that as none.
      if (error instanceof AirgapError && error.code === 'oci.forbidden') return;
      if (!(error instanceof AirgapError)) throw error;
      throw carvelError('signature', { image: formatReference(place), reason: error.message }, error);
    }
    if (digest === undefined) return;
    const image = await this.#reader.read({ ...place, digest }, signal);
    await this.#keep(`${formatReference(image.place)} ${tag}`, { image, tag }, depth, signal);
  }

  /** Records an attachment, and looks for its own referrers. */
  async #keep(key: string, attachment: Attachment, depth: number, signal: AbortSignal): Promise<void> {
    if (this.#found.has(key)) return;
    this.#found.set(key, attachment);
    if (!this.#choice.referrers) return;
    const { place } = attachment.image;
    if (depth >= MAX_DEPTH) {
      const reason = `its referrers refer to each other more than ${MAX_DEPTH} deep`;
      throw ociError('referrers-invalid', { where: formatReference(place), reason });
    }
    await this.#visit(place, depth + 1, signal);
  }

  async #read(place: DigestReference, subject: DigestReference, signal: AbortSignal): Promise<FoundImage | undefined> {
    try {
      return await this.#reader.read(place, signal);
    } catch (error) {
      if (!(error instanceof AirgapError && error.code === 'oci.not-found')) throw error;
      const [what, whose] = [formatReference(place), formatReference(subject)];
      this.warnings.push(`${what} is listed as a referrer of ${whose}, but is missing, and is not copied`);
      return undefined;
    }
  }

  /** The listed digests, without those whose type rules them out. */
  async #referrersOf(place: DigestReference, signal: AbortSignal): Promise<Digest[]> {
    const client = this.#registries.client(place.registry);
    let listed: readonly Referrer[] | undefined;
    let failure: unknown;
    try {
      listed = await this.#limiter.run(signal, () => client.referrers(place.path, place.digest, signal));
    } catch (error) {
      if (!isBrokenApi(error)) throw error;
      failure = error;
    }
    listed ??= await this.#taggedReferrersOf(place, signal);
    // Without either list, referrers could be left behind unnoticed.
    if (listed === undefined && failure !== undefined) throw failure;
    const distinct = [...new Map((listed ?? []).map((entry) => [entry.digest, entry])).values()];
    const chosen = distinct.filter((entry) => this.#mayBeChosen(entry));
    for (const { digest: _, ...hints } of distinct.filter((entry) => !chosen.includes(entry))) {
      this.notChosen.push({ subject: place.digest, kind: attachmentKind(hints) });
    }
    return chosen.map(({ digest }) => digest);
  }

  async #taggedReferrersOf(place: DigestReference, signal: AbortSignal): Promise<readonly Referrer[] | undefined> {
    const client = this.#registries.client(place.registry);
    try {
      const tagged = await this.#limiter.run(signal, () => client.taggedReferrers(place.path, place.digest, signal));
      return tagged.kind === 'list' ? tagged.referrers : undefined;
    } catch (error) {
      if (error instanceof AirgapError && error.code === 'oci.forbidden') return undefined;
      throw error;
    }
  }

  #mayBeChosen({ artifactType }: Referrer): boolean {
    if (this.#choice.referrers || artifactType === undefined) return true;
    return COSIGN_TYPE.test(artifactType) || CONFIG_TYPE.test(artifactType);
  }

  #isChosen({ node }: FoundImage): boolean {
    if (this.#choice.referrers || COSIGN_TYPE.test(artifactTypeOf(node.bytes) ?? '')) return true;
    // cosign itself only checks the layer.
    return node.blobs.slice(1).some(({ mediaType }) => COSIGN_TYPE.test(mediaType));
  }
}
