import { AirgapError, isAbort } from '../base/errors.ts';
import { Limiter } from '../base/limiter.ts';
import type { Limit } from '../base/limiter.ts';
import { forEachParallel } from '../base/parallel.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { referrersTag } from '../oci/referrers.ts';
import type { Referrer } from '../oci/referrers.ts';
import type { Registries } from '../oci/registries.ts';
import { formatReference, formatRepository } from '../oci/reference.ts';
import type { DigestReference } from '../oci/reference.ts';
import { attachmentKind, attachmentOf, isSigstoreBundle } from './attachment-kind.ts';
import type { AttachmentFact, AttachmentKind } from './attachment-kind.ts';
import type { AttachmentChoice } from './attachments.ts';
import { manifestsOf } from './graph.ts';
import type { FoundImage } from './graph.ts';
import { TagLists } from './tag-lists.ts';

/** Attachments that a choice leaves at the source. */
export interface LeftBehind {
  readonly facts: readonly AttachmentFact[];
  /** Manifests whose attachments are unknown, because the registry did not tell; the reason is the last one. */
  readonly unknown: number;
  readonly reason?: string;
}

export const NOTHING_LEFT: LeftBehind = { facts: [], unknown: 0 };

/**
 * Counts what refers to images but is not chosen: one list of tags for each repository, and one list of referrers for
 * each manifest where the registry has a referrers API (not for held images). No content is read, except the manifests of sigstore bundles
 * that are listed without their purpose. A registry that refuses to tell does not fail the survey.
 */
export class AttachmentSurvey {
  readonly #registries: Registries;
  readonly #limiter: Limiter;
  readonly #suffixes: readonly string[];
  readonly #countReferrers: boolean;
  readonly #tags: TagLists;
  /** Whether a repository has the referrers API; an error if that cannot be determined. */
  readonly #api = new SingleFlight<string, boolean | AirgapError>();
  /** What has been asked ahead, by location. */
  readonly #ahead = new Map<string, Promise<readonly Referrer[] | undefined>>();
  readonly #manifests = new Map<string, number>();
  readonly #facts: AttachmentFact[] = [];
  #unknown = 0;
  #reason: string | undefined;

  /**
   * @param choice what is copied anyway, and therefore not counted
   * @param tags the lists of tags that have been read already
   */
  constructor(
    registries: Registries,
    { cosignSignatures, referrers }: AttachmentChoice,
    parallel: Limit,
    tags = new TagLists(registries),
  ) {
    this.#registries = registries;
    this.#tags = tags;
    this.#limiter = new Limiter(parallel);
    this.#suffixes = referrers ? [] : cosignSignatures ? ['att', 'sbom'] : ['sig', 'att', 'sbom'];
    // Whoever looks for signatures sees all referrers.
    this.#countReferrers = !referrers && !cosignSignatures;
  }

  /**
   * Starts to ask about an image that `run` will be called with, while the others are still searched for.
   * @param pages of tags to read at most
   */
  expect({ place, node }: FoundImage, pages: number, signal: AbortSignal): void {
    if (this.#suffixes.length === 0) return;
    const own = { ...place, digest: node.digest };
    const asked = this.#countReferrers ? this.#listReferrers(own, signal) : undefined;
    if (asked !== undefined) this.#ahead.set(formatReference(own), asked);
    // Errors appear where the answers are used.
    asked?.catch(() => undefined);
    this.#tags.list(own, pages, signal).catch(() => undefined);
  }

  async run(images: readonly FoundImage[], signal: AbortSignal): Promise<LeftBehind> {
    if (this.#suffixes.length === 0) return NOTHING_LEFT;
    const places = new Map<string, DigestReference>();
    for (const { place, node, isHeld } of images) {
      if (isHeld === true) continue;
      for (const { digest } of manifestsOf(node))
        places.set(formatReference({ ...place, digest }), { ...place, digest });
    }
    for (const place of places.values()) {
      const repository = formatRepository(place);
      this.#manifests.set(repository, (this.#manifests.get(repository) ?? 0) + 1);
    }
    await forEachParallel(places.values(), signal, async (place, stop) => {
      try {
        await this.#visit(place, stop);
      } catch (error) {
        if (isAbort(error) || !(error instanceof AirgapError)) throw error;
        this.#unknown++;
        this.#reason = error.message;
      }
    });
    for (const { place, isHeld } of images) {
      if (isHeld === true && this.#manifests.has(formatRepository(place))) await this.#visitHeld(place, signal);
    }
    const reason = this.#reason === undefined ? {} : { reason: this.#reason };
    return { facts: this.#facts, unknown: this.#unknown, ...reason };
  }

  async #visit(place: DigestReference, signal: AbortSignal): Promise<void> {
    // Listing all tags must not take more requests than asking for each that could exist.
    const pages = this.#manifests.get(formatRepository(place)) ?? 1;
    const tags = await this.#tags.list(place, pages, signal);
    const base = referrersTag(place.digest);
    for (const tag of this.#suffixes.map((suffix) => `${base}.${suffix}`)) {
      if (await this.#exists(place, tag, tags, signal)) {
        this.#facts.push({ subject: place.digest, kind: attachmentKind({ tag }) });
      }
    }
    if (!this.#countReferrers) return;
    const listed = await this.#referrersOf(place, tags, signal);
    const distinct = [...new Map(listed.map((entry) => [entry.digest, entry])).values()];
    await forEachParallel(distinct, signal, async (entry, stop) => {
      this.#facts.push({ subject: place.digest, kind: await this.#kindOf(place, entry, stop) });
    });
  }

  /** Counts only what the list of tags shows, so that what is up to date costs no request. */
  async #visitHeld(place: DigestReference, signal: AbortSignal): Promise<void> {
    const tags = await this.#tags.list(place, this.#manifests.get(formatRepository(place)) ?? 1, signal);
    const base = referrersTag(place.digest);
    for (const tag of this.#suffixes.map((suffix) => `${base}.${suffix}`)) {
      if (tags?.has(tag) === true) this.#facts.push({ subject: place.digest, kind: attachmentKind({ tag }) });
    }
  }

  /** A sigstore bundle can be a signature or an attestation, which cosign's lists under fallback tags do not say. */
  async #kindOf(place: DigestReference, { digest, ...hints }: Referrer, signal: AbortSignal): Promise<AttachmentKind> {
    if (hints.predicateType !== undefined || !isSigstoreBundle(hints.artifactType)) return attachmentKind(hints);
    const client = this.#registries.client(place.registry);
    const { bytes } = await this.#limiter.run(signal, () => client.getManifest(place.path, digest, signal));
    return attachmentOf(bytes, undefined)?.kind ?? 'other';
  }

  async #exists(
    { registry, path }: DigestReference,
    tag: string,
    tags: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (tags !== undefined) return tags.has(tag);
    const head = () => this.#registries.client(registry).headManifest(path, tag, signal);
    return (await this.#limiter.run(signal, head)) !== undefined;
  }

  #listReferrers({ registry, path, digest }: DigestReference, signal: AbortSignal) {
    const client = this.#registries.client(registry);
    return this.#limiter.run(signal, () => client.referrers(path, digest, signal));
  }

  async #referrersOf(
    place: DigestReference,
    tags: ReadonlySet<string> | undefined,
    signal: AbortSignal,
  ): Promise<readonly Referrer[]> {
    const { registry, path, digest } = place;
    const client = this.#registries.client(registry);
    const list = () => this.#ahead.get(formatReference(place)) ?? this.#listReferrers(place, signal);
    let own: readonly Referrer[] | undefined;
    let isFirst = false;
    const api = await this.#api.do(formatRepository(place), async () => {
      isFirst = true;
      try {
        own = await list();
      } catch (error) {
        if (isAbort(error) || !(error instanceof AirgapError)) throw error;
        return error;
      }
      return own !== undefined;
    });
    if (api === true && !isFirst) own = await list();
    if (own !== undefined) return own;
    if (tags?.has(referrersTag(digest)) === false) {
      if (api instanceof AirgapError) throw api;
      return [];
    }
    const tagged = await this.#limiter.run(signal, () => client.taggedReferrers(path, digest, signal));
    if (tagged.kind === 'list') return tagged.referrers;
    if (api instanceof AirgapError) throw api;
    return [];
  }
}
