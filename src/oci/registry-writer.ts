import { AirgapError } from '../base/errors.ts';
import { withGrace } from '../base/parallel.ts';
import { BlobUploads } from './blob-uploads.ts';
import { digestOf, isDigest } from './digest.ts';
import type { Digest } from './digest.ts';
import { ociError } from './errors.ts';
import { RegistryClient } from './registry-client.ts';
import type { RegistryConnection, RegistryRequest, RegistryResponse } from './registry-connection.ts';

/** Milliseconds; less than the second within which a canceled copy has to end. */
const MANIFEST_GRACE = 700;
/**
 * Statuses with which registries refuse to move a tag: ECR 400, Harbor 412, zot 409, Artifactory 403, ACR 405, others
 * 422.
 */
const MAY_BE_IMMUTABLE = new Set([400, 403, 405, 409, 412, 422]);
/** Those of them that have no other meaning if the tag points to another manifest. */
const IS_IMMUTABLE = new Set([409, 412]);
const IMMUTABLE =
  /TAG_INVALID|immutab|cannot be (?:overwritten|updated)|overwrit|write-?locked|does not allow updating/i;
/** Statuses that mean that the registry does not accept the manifest itself. */
const REFUSED = new Set([400, 406, 415, 422]);
/** Error codes for content that is missing, not for a manifest that is not accepted. */
const INCOMPLETE = /\b(?:BLOB|MANIFEST|NAME)_UNKNOWN\b|\bMANIFEST_BLOB_UNKNOWN\b/;

/** A registry's response to an accepted manifest. */
export interface ManifestReceipt {
  /**
   * The subject for which the registry claims to list the manifest (distribution-spec, "Pushing Manifests with
   * Subject").
   */
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
   * Writes a manifest's exact bytes under a tag or its digest. A request that has been sent may finish after the signal
   * aborts, because a registry may keep a tag without content if it is interrupted.
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
      const response = await this.#send(request, bytes, mediaType);
      if (![200, 201, 202, 204].includes(response.status)) {
        const { status } = response;
        const error = await this.#connection.error(response, request);
        const current = MAY_BE_IMMUTABLE.has(status) ? await this.#digestOf(path, tagOrDigest, graceful) : undefined;
        // A registry with immutable tags also refuses to write the manifest that the tag already points to.
        if (current === digestOf(bytes)) return {};
        const isMove = current !== undefined && !isDigest(tagOrDigest);
        if (isMove && (IS_IMMUTABLE.has(status) || IMMUTABLE.test(`${error.args['codes'] ?? ''} ${error.message}`))) {
          throw ociError.of('tag-immutable', { ...error.args, tag: tagOrDigest }, error);
        }
        throw REFUSED.has(status) ? refused(error, bytes, mediaType) : error;
      }
      await response.body.discard();
      const subject = response.header('oci-subject');
      return subject === undefined ? {} : { subject };
    });
  }

  /** A request that fails with 5xx each time is taken to fail because of the manifest. */
  async #send(request: RegistryRequest, bytes: Uint8Array, mediaType: string): Promise<RegistryResponse> {
    try {
      return await this.#connection.sendWithRetry(request);
    } catch (error) {
      const isServerError = error instanceof AirgapError && Number(error.args['status'] ?? 0) >= 500;
      throw isServerError ? refused(error, bytes, mediaType) : error;
    }
  }

  async #digestOf(path: string, tagOrDigest: string, signal: AbortSignal): Promise<Digest | undefined> {
    try {
      return (await new RegistryClient(this.#connection).headManifest(path, tagOrDigest, signal))?.digest;
    } catch {
      // The refusal is more informative than this failure.
      return undefined;
    }
  }
}

function refused(error: AirgapError, bytes: Uint8Array, mediaType: string): AirgapError {
  if (error.code !== 'oci.status-unexpected' || INCOMPLETE.test(String(error.args['codes'] ?? ''))) return error;
  return ociError.of('manifest-refused', { ...error.args, digest: digestOf(bytes), mediaType }, error);
}

/** Statuses of registries that do not support deletion by tag, or no deletion at all. */
const NOT_SUPPORTED = [400, 404, 405, 501];

/**
 * Deletes a tag, or by digest a manifest with all its tags (distribution-spec, "Deleting tags" and "Deleting
 * Manifests").
 * @returns false if the registry does not support deletion by tag
 * @throws oci.delete-unsupported if it does not support deletion by digest either, oci.forbidden and others
 */
export async function deleteManifest(
  connection: RegistryConnection,
  path: string,
  tagOrDigest: string,
  signal: AbortSignal,
): Promise<boolean> {
  const target = `/v2/${path}/manifests/${tagOrDigest}`;
  const access = { repository: path, actions: 'pull,delete' } as const;
  const request: RegistryRequest = { method: 'DELETE', target, access, signal };
  const response = await connection.send(request);
  if ([200, 202, 204].includes(response.status)) {
    await response.body.discard();
    return true;
  }
  const byTag = !tagOrDigest.includes(':');
  if (byTag && NOT_SUPPORTED.includes(response.status)) {
    await response.body.discard();
    return false;
  }
  const { status } = response;
  const error = await connection.error(response, request);
  if (status !== 405 && status !== 501 && !String(error.args['codes'] ?? '').includes('UNSUPPORTED')) throw error;
  throw ociError('delete-unsupported', { host: connection.host, repository: path, reason: error.message }, error);
}
