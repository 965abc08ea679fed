import { setTimeout as delay } from 'node:timers/promises';

import { abortError, AirgapError } from '../../base/errors.ts';
import { Limiter } from '../../base/limiter.ts';
import { forEachParallel } from '../../base/parallel.ts';
import { SingleFlight } from '../../base/single-flight.ts';
import type { ManifestNode } from '../../carvel/graph.ts';
import type { Digest } from '../../oci/digest.ts';
import { ociError } from '../../oci/errors.ts';
import { isRecord, member, parseJson } from '../../base/json.ts';
import type { JsonRecord } from '../../base/json.ts';
import { OCI_INDEX } from '../../oci/media-types.ts';
import { artifactTypeOf, isBrokenApi, referrersTag } from '../../oci/referrers.ts';
import type { Referrer as ListedReferrer, TaggedReferrers } from '../../oci/referrers.ts';
import type { RegistryClient } from '../../oci/registry-client.ts';
import type { ManifestReceipt, RegistryWriter } from '../../oci/registry-writer.ts';

type Referrer = Pick<ManifestNode, 'digest' | 'mediaType' | 'bytes'>;

/** Attempts to write a list before it is an error that it does not keep its entries. */
const MAX_WRITES = 10;
/** Milliseconds after a write in which another writer may overwrite the list with one based on its previous state. */
const MIN_WAIT = 250;
const MAX_WAIT = 5000;

export interface ReferrerListsOptions {
  readonly path: string;
  readonly reader: RegistryClient;
  readonly writer: RegistryWriter;
  /** Bounds the requests in transit at once. */
  readonly requests: Limiter;
  /** Waits between writing a list and reading it back; tests replace it. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** Makes sure that the referrers in a repository are listed: by the registry itself, or under fallback tags. */
export class ReferrerLists {
  readonly #path: string;
  readonly #reader: RegistryClient;
  readonly #writer: RegistryWriter;
  readonly #requests: Limiter;
  readonly #pause: NonNullable<ReferrerListsOptions['pause']>;
  readonly #written = new Map<Digest, Map<Digest, Referrer>>();
  readonly #turns = new Map<Digest, Limiter>();
  readonly #lists = new SingleFlight<Digest, ReadonlySet<Digest>>();
  /** Referrers that the registry claimed to list. */
  readonly #accepted = new Set<Digest>();
  /** Subjects whose referrers are lost unless they are listed. */
  readonly #required = new Set<Digest>();

  constructor({ path, reader, writer, requests, pause = wait }: ReferrerListsOptions) {
    this.#path = path;
    this.#reader = reader;
    this.#writer = writer;
    this.#requests = requests;
    this.#pause = pause;
  }

  /** Whether a referrer was listed when this was first asked about its subject. */
  async isListed(subject: Digest, referrer: Digest, signal: AbortSignal): Promise<boolean> {
    const listed = await this.#lists.do(subject, async () => {
      const own = await this.#own(subject, signal);
      const tagged = await this.#tagged(subject, signal);
      const all = [...(own ?? []), ...(tagged.kind === 'list' ? tagged.referrers : [])];
      return new Set(all.map(({ digest }) => digest));
    });
    return listed.has(referrer);
  }

  /**
   * Writes a referrer. Referrers of one subject are written one at a time: olareg acknowledges concurrent ones, and loses some.
   * @param isRequired false for a manifest of an index, such as a BuildKit attestation: the index leads to it, too
   */
  async put(
    subject: Digest,
    referrer: Referrer,
    isRequired: boolean,
    write: () => Promise<ManifestReceipt>,
    signal: AbortSignal,
  ): Promise<void> {
    if (isRequired) this.#required.add(subject);
    const turns = this.#turns.get(subject) ?? new Limiter(1);
    this.#turns.set(subject, turns);
    const receipt = await turns.run(signal, write);
    const written = this.#written.get(subject) ?? new Map<Digest, Referrer>();
    this.#written.set(subject, written.set(referrer.digest, referrer));
    if (receipt.subject === subject) this.#accepted.add(referrer.digest);
  }

  /**
   * Makes sure that everything that was written is listed (distribution-spec, "Pushing Manifests with Subject").
   * @throws oci.referrers-not-listed, oci.referrers-tag-taken
   */
  async complete(signal: AbortSignal): Promise<void> {
    await forEachParallel(this.#written, signal, async ([subject, written], stop) => {
      try {
        const unlisted = await this.#writeAgain(subject, [...written.values()], stop);
        if (unlisted.length > 0) await this.#writeTag(subject, unlisted, stop);
      } catch (error) {
        if (!(error instanceof AirgapError) || this.#required.has(subject)) throw error;
      }
    });
  }

  /**
   * Writes those again that the registry claimed to list but does not.
   * @returns those that need the fallback tag
   */
  async #writeAgain(subject: Digest, referrers: readonly Referrer[], signal: AbortSignal): Promise<Referrer[]> {
    for (let writes = 0; ; writes++) {
      const listed = await this.#own(subject, signal);
      if (listed === undefined) return [...referrers];
      const missing = without(referrers, listed);
      const lost = missing.filter(({ digest }) => this.#accepted.has(digest));
      if (lost.length === 0) return missing;
      if (writes === MAX_WRITES) throw this.#notListed(subject, lost);
      // Some registries update the list a moment later.
      if (writes > 0) await this.#settle(0, signal);
      for (const { digest, bytes, mediaType } of lost) await this.#put(digest, bytes, mediaType, signal);
    }
  }

  /**
   * Adds entries to the index under the fallback tag. A tag cannot be replaced conditionally, so two writers that start from the
   * same index undo each other's work: after each write, a pause lets the other one finish, and the tag is read again.
   */
  async #writeTag(subject: Digest, referrers: readonly Referrer[], signal: AbortSignal): Promise<void> {
    const tag = referrersTag(subject);
    for (let writes = 0; ; writes++) {
      const began = performance.now();
      const tagged = await this.#tagged(subject, signal);
      if (tagged.kind === 'other') {
        throw ociError('referrers-tag-taken', { subject, tag, repository: `${this.#reader.host}/${this.#path}` });
      }
      const [index, listed] = tagged.kind === 'list' ? [tagged.index, tagged.referrers] : [{}, []];
      const missing = without(referrers, listed);
      if (missing.length === 0) return;
      if (writes === MAX_WRITES) throw this.#notListed(subject, missing);
      await this.#put(tag, withEntries(index, missing), OCI_INDEX, signal);
      await this.#settle(performance.now() - began, signal);
    }
  }

  /** @param own milliseconds from reading the list to having written it: another writer may take a few times that */
  #settle(own: number, signal: AbortSignal): Promise<void> {
    const milliseconds = Math.min(MAX_WAIT, Math.max(MIN_WAIT, 3 * own));
    // Random, so that two writers do not keep undoing each other in step.
    return this.#pause(milliseconds * (1 + Math.random()), signal);
  }

  #notListed(subject: Digest, { length: count }: readonly Referrer[]): Error {
    const repository = `${this.#reader.host}/${this.#path}`;
    return ociError('referrers-not-listed', { subject, repository, count, attempts: MAX_WRITES });
  }

  #put(tagOrDigest: string, bytes: Uint8Array, mediaType: string, signal: AbortSignal): Promise<ManifestReceipt> {
    return this.#requests.run(signal, () =>
      this.#writer.putManifest(this.#path, tagOrDigest, bytes, mediaType, signal),
    );
  }

  #own(subject: Digest, signal: AbortSignal): Promise<ListedReferrer[] | undefined> {
    return this.#requests.run(signal, async () => {
      try {
        return await this.#reader.referrers(this.#path, subject, signal);
      } catch (error) {
        if (isBrokenApi(error)) return undefined;
        throw error;
      }
    });
  }

  #tagged(subject: Digest, signal: AbortSignal): Promise<TaggedReferrers> {
    return this.#requests.run(signal, async () => {
      try {
        return await this.#reader.taggedReferrers(this.#path, subject, signal);
      } catch (error) {
        if (!(error instanceof AirgapError && error.code === 'oci.forbidden')) throw error;
        // Some registries refuse what is missing; but an account that cannot read anything must not replace a list.
        if ((await this.#reader.headManifest(this.#path, subject, signal)) === undefined) throw error;
        return { kind: 'none' };
      }
    });
  }
}

function without(referrers: readonly Referrer[], listed: readonly { readonly digest: Digest }[]): Referrer[] {
  const known = new Set(listed.map(({ digest }) => digest));
  return referrers.filter(({ digest }) => !known.has(digest));
}

async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal });
  } catch {
    throw abortError();
  }
}

function withEntries(index: JsonRecord, referrers: readonly Referrer[]): Buffer {
  const list = member(index, 'manifests');
  const manifests = [...(Array.isArray(list) ? (list as unknown[]) : []), ...referrers.map(descriptorOf)];
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, ...index, manifests }));
}

/** An entry as the referrers API would have it (distribution-spec, "Listing Referrers"). */
function descriptorOf({ digest, mediaType, bytes }: Referrer): Record<string, unknown> {
  const artifactType = artifactTypeOf(bytes);
  const json = parseJson(bytes);
  const annotations = isRecord(json) ? member(json, 'annotations') : undefined;
  return {
    mediaType,
    digest,
    size: bytes.byteLength,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(isRecord(annotations) ? { annotations } : {}),
  };
}
