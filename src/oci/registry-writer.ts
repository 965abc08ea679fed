import { withGrace } from '../base/parallel.ts';
import { BlobUploads } from './blob-uploads.ts';
import { digestOf } from './digest.ts';
import { RegistryClient } from './registry-client.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import { sendAgain } from './send-again.ts';

/** Milliseconds: less than the second within which a cancelled copy ends. */
const MANIFEST_GRACE = 700;
/** How registries refuse to move a tag: ECR 400, Harbor 412, others 409. */
const IMMUTABLE = new Set([400, 409, 412]);

/** What a registry answers when it accepts a manifest. */
export interface ManifestReceipt {
  /** The subject under which it claims to list the manifest (distribution-spec, "Pushing Manifests with Subject"). */
  readonly subject?: string;
}

/** The writing half of the distribution API (OCI distribution-spec, "Push") for one registry. */
export class RegistryWriter {
  readonly uploads: BlobUploads;
  readonly #connection: RegistryConnection;

  constructor(connection: RegistryConnection) {
    this.#connection = connection;
    this.uploads = new BlobUploads(connection);
  }

  /**
   * Writes a manifest's exact bytes under a tag or its digest. Once sent it is let finish when the signal comes: cut in the
   * middle, a registry may keep a tag that leads nowhere.
   */
  putManifest(
    path: string,
    tagOrDigest: string,
    bytes: Uint8Array,
    mediaType: string,
    signal: AbortSignal,
  ): Promise<ManifestReceipt> {
    return withGrace(signal, MANIFEST_GRACE, async (graceful) => {
      const request: RegistryRequest = {
        method: 'PUT',
        target: `/v2/${path}/manifests/${tagOrDigest}`,
        access: { repository: path, actions: 'pull,push' },
        headers: { 'content-type': mediaType },
        body: bytes,
        signal: graceful,
      };
      const response = await sendAgain(this.#connection, request);
      if (![200, 201, 202].includes(response.status)) {
        const error = await this.#connection.error(response, request);
        // Where tags can not be changed (ECR, Harbor), writing what is there already is refused as well.
        if (IMMUTABLE.has(response.status) && (await this.#hasManifest(path, tagOrDigest, bytes, graceful))) {
          return {};
        }
        throw error;
      }
      await response.body.discard();
      const subject = response.header('oci-subject');
      return subject === undefined ? {} : { subject };
    });
  }

  async #hasManifest(path: string, tagOrDigest: string, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
    try {
      const head = await new RegistryClient(this.#connection).headManifest(path, tagOrDigest, signal);
      return head?.digest === digestOf(bytes);
    } catch {
      // The refusal says more than that it could not be looked at.
      return false;
    }
  }
}
