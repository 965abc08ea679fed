import { setTimeout as delay } from 'node:timers/promises';

import { SingleFlight } from '../base/single-flight.ts';
import { hexOf, algorithmOf } from '../oci/digest.ts';
import type { Digest } from '../oci/digest.ts';
import { isJsonObject, member, parseJson } from '../oci/json.ts';
import { OCI_INDEX } from '../oci/media-types.ts';
import type { RegistryClient } from '../oci/registry-client.ts';
import type { RegistryWriter } from '../oci/registry-writer.ts';

/** How often an index is written until it has what was to be added. */
const MOST_TURNS = 8;
/** Milliseconds. */
const LONGEST_PAUSE = 200;

interface Referrer {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** The tag of the index that lists the referrers of a digest where the registry does not (distribution-spec, "Referrers Tag Schema"). */
export function referrersTag(subject: Digest): string {
  return `${algorithmOf(subject)}-${hexOf(subject)}`;
}

/** Keeps the referrers' fallback tags of a repository whose registry has no referrers API. */
export class ReferrersFallback {
  readonly #path: string;
  readonly #reader: RegistryClient;
  readonly #writer: RegistryWriter;
  readonly #bySubject = new Map<Digest, Map<Digest, Referrer>>();
  readonly #writes = new SingleFlight<Digest, void>();

  constructor(path: string, reader: RegistryClient, writer: RegistryWriter) {
    this.#path = path;
    this.#reader = reader;
    this.#writer = writer;
  }

  add(subject: Digest, referrer: Referrer): void {
    const known = this.#bySubject.get(subject) ?? new Map<Digest, Referrer>();
    known.set(referrer.digest, referrer);
    this.#bySubject.set(subject, known);
  }

  /** Adds what was copied to what the indexes list already. */
  async write(signal: AbortSignal): Promise<void> {
    for (const [subject, referrers] of this.#bySubject) {
      await this.#writes.do(subject, () => this.#writeOne(subject, [...referrers.values()], signal));
    }
  }

  /** Whoever adds to the index at the same time may have overwritten it: it is read back, and completed where it has to be. */
  async #writeOne(subject: Digest, referrers: readonly Referrer[], signal: AbortSignal): Promise<void> {
    const tag = referrersTag(subject);
    for (let turn = 1; turn <= MOST_TURNS; turn++) {
      let listed = await this.#listed(tag, signal);
      if (missingIn(listed, referrers).length === 0) return;
      if (turn > 1) {
        // Not in step with the other one.
        await delay(Math.random() * LONGEST_PAUSE, undefined, { signal });
        listed = await this.#listed(tag, signal);
      }
      const manifests = [...listed, ...missingIn(listed, referrers).map(descriptorOf)];
      const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
      await this.#writer.putManifest(this.#path, tag, index, OCI_INDEX, signal);
    }
  }

  async #listed(tag: string, signal: AbortSignal): Promise<unknown[]> {
    if ((await this.#reader.headManifest(this.#path, tag, signal)) === undefined) return [];
    const json = parseJson((await this.#reader.getManifest(this.#path, tag, signal)).bytes);
    const list = isJsonObject(json) ? member(json, 'manifests') : undefined;
    return Array.isArray(list) ? (list as unknown[]) : [];
  }
}

function missingIn(listed: readonly unknown[], referrers: readonly Referrer[]): Referrer[] {
  const digests = new Set(listed.map((each) => (isJsonObject(each) ? each['digest'] : undefined)));
  return referrers.filter(({ digest }) => !digests.has(digest));
}

/** distribution-spec: artifactType is the manifest's, or else the media type of its config. */
function descriptorOf({ digest, mediaType, bytes }: Referrer): Record<string, unknown> {
  const json = parseJson(bytes);
  const body = isJsonObject(json) ? json : {};
  const config = member(body, 'config');
  const configType = isJsonObject(config) ? member(config, 'mediaType') : undefined;
  const artifactType = member(body, 'artifactType') ?? configType;
  const annotations = member(body, 'annotations');
  return {
    mediaType,
    digest,
    size: bytes.byteLength,
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(isJsonObject(annotations) ? { annotations } : {}),
  };
}
