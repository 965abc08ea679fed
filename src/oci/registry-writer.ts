import type { Readable } from 'node:stream';

import { AirgapError } from '../base/errors.ts';
import { withGrace } from '../base/parallel.ts';

import { digestOf } from './digest.ts';
import type { Digest } from './digest.ts';
import { ociError } from './errors.ts';
import { describe } from './http/transport.ts';
import type { HttpResponse, Lane } from './http/transport.ts';
import { RegistryClient } from './registry-client.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import { retry } from './retry.ts';

/** What a token server says of a source that we may not read. */
function isRefusal(code: string): boolean {
  return code === 'oci.unauthorized' || code === 'oci.credentials-missing';
}

/** An upload session. `location` is always the newest one the registry gave. */
export interface UploadSession {
  readonly path: string;
  readonly location: URL;
}

/** The registry may still have to move or hash what it was given. */
const COMMIT_TIMEOUT = 15 * 60_000;
/** Milliseconds: less than the second within which a cancelled copy ends. */
const MANIFEST_GRACE = 700;
/** How registries refuse to move a tag: ECR 400, Harbor 412, others 409. */
const IMMUTABLE = new Set([400, 409, 412]);

/** The writing half of the distribution API (OCI distribution-spec, "Push") for one registry. */
export class RegistryWriter {
  readonly #connection: RegistryConnection;

  constructor(connection: RegistryConnection) {
    this.#connection = connection;
  }

  /** How often what fails for a passing reason is tried in all. */
  get attempts(): number {
    return this.#connection.attempts;
  }

  /**
   * Begins an upload and asks for a mount in the same request: from another repository of the registry, or from the
   * repository itself, which tells whether the blob is there already. Without `from` it only begins.
   * @returns undefined when the blob is in the repository now
   */
  async startUpload(
    path: string,
    digest: Digest,
    from: string | undefined,
    signal: AbortSignal,
  ): Promise<UploadSession | undefined> {
    const uploads = `/v2/${path}/blobs/uploads/`;
    const access = { repository: path, actions: 'pull,push' as const };
    if (from !== undefined) {
      const query = new URLSearchParams({ mount: digest, from }).toString();
      const mount = this.#post(`${uploads}?${query}`, { ...access, mountFrom: from }, signal);
      const response = await this.#tryMount(mount);
      if (response?.status === 202) return this.#session(path, response, mount);
      await response?.body.discard();
      if (response?.status === 201) return undefined;
      // Whatever is wrong with the mount (rights at the source, a registry without mounts), the upload itself may work.
    }
    const plain = this.#post(uploads, access, signal);
    const response = await this.#send(plain);
    if (response.status === 202) return this.#session(path, response, plain);
    throw await this.#connection.error(response, plain);
  }

  /** Sends a whole blob in one request and closes its session ("POST then PUT"). `size` in bytes. */
  async putBlob(
    session: UploadSession,
    digest: Digest,
    size: number,
    body: Uint8Array | Readable,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#close(session, digest, { 'content-length': String(size) }, body, lane, signal);
  }

  /**
   * Sends one chunk of a blob ("Pushing a blob in chunks"); `length` bytes from `offset`.
   * @returns the session with the location to go on from
   */
  async patchBlob(
    session: UploadSession,
    offset: number,
    length: number,
    body: Readable,
    signal: AbortSignal,
  ): Promise<UploadSession> {
    const request: RegistryRequest = {
      method: 'PATCH',
      target: session.location,
      access: { repository: session.path, actions: 'pull,push' },
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(length),
        'content-range': `${offset}-${offset + length - 1}`,
      },
      body,
      lane: 'blob',
      signal,
      headersTimeout: COMMIT_TIMEOUT,
    };
    const response = await this.#connection.send(request);
    // ECR and GitHub answer 201 where the specification says 202.
    if (![201, 202, 204].includes(response.status)) throw await this.#connection.error(response, request);
    return this.#session(session.path, response, request);
  }

  /** Closes a session whose chunks have all been sent. */
  async commitBlob(session: UploadSession, digest: Digest, signal: AbortSignal): Promise<void> {
    await this.#close(session, digest, { 'content-length': '0' }, undefined, 'blob', signal);
  }

  /** Gives an upload up. Not every registry or credential allows that: how it ends does not matter. */
  async cancelUpload(session: UploadSession, signal: AbortSignal): Promise<void> {
    const access = { repository: session.path, actions: 'pull,push' as const };
    try {
      const response = await this.#connection.send({ method: 'DELETE', target: session.location, access, signal });
      await response.body.discard();
    } catch {
      // Registries forget sessions by themselves after some time.
    }
  }

  /**
   * Writes a manifest's exact bytes under a tag or its digest. Once sent it is let finish when the signal comes: cut in the
   * middle, a registry may keep a tag that leads nowhere.
   * @returns whether the registry keeps referrers itself (distribution-spec, "Pushing Manifests with Subject")
   */
  putManifest(
    path: string,
    tagOrDigest: string,
    bytes: Uint8Array,
    mediaType: string,
    signal: AbortSignal,
  ): Promise<{ readonly subjectKnown: boolean }> {
    return withGrace(signal, MANIFEST_GRACE, async (graceful) => {
      const request: RegistryRequest = {
        method: 'PUT',
        target: `/v2/${path}/manifests/${tagOrDigest}`,
        access: { repository: path, actions: 'pull,push' },
        headers: { 'content-type': mediaType },
        body: bytes,
        signal: graceful,
      };
      const response = await this.#send(request);
      if (![200, 201, 202].includes(response.status)) {
        const error = await this.#connection.error(response, request);
        // Where tags can not be changed (ECR, Harbor), writing what is there already is refused as well.
        if (IMMUTABLE.has(response.status) && (await this.#hasManifest(path, tagOrDigest, bytes, graceful))) {
          return { subjectKnown: false };
        }
        throw error;
      }
      await response.body.discard();
      return { subjectKnown: response.header('oci-subject') !== undefined };
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

  async #close(
    session: UploadSession,
    digest: Digest,
    headers: Record<string, string>,
    body: Uint8Array | Readable | undefined,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<void> {
    const target = new URL(session.location);
    // The session's own query is kept byte for byte: it may be signed.
    target.search += `${target.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`;
    const request: RegistryRequest = {
      method: 'PUT',
      target,
      access: { repository: session.path, actions: 'pull,push' },
      headers: { 'content-type': 'application/octet-stream', ...headers },
      ...(body === undefined ? {} : { body }),
      lane,
      signal,
      headersTimeout: COMMIT_TIMEOUT,
    };
    const response = await this.#connection.send(request);
    if (![201, 202, 204].includes(response.status)) throw await this.#connection.error(response, request);
    await response.body.discard();
  }

  #post(target: string, access: RegistryRequest['access'], signal: AbortSignal): RegistryRequest {
    return { method: 'POST', target, access, headers: { 'content-length': '0' }, signal };
  }

  async #session(path: string, response: HttpResponse, request: RegistryRequest): Promise<UploadSession> {
    await response.body.discard();
    const { origin } = await this.#connection.endpoint(request.signal);
    const location = response.header('location');
    if (location === undefined) {
      const step = describe(request.method, new URL(request.target, origin));
      throw ociError('response-invalid', { host: this.#connection.host, reason: 'the upload has no Location', step });
    }
    return { path, location: this.#connection.resolve(location, origin) };
  }

  /** Undefined where the token server does not let us read the source: then there is no mount, but perhaps an upload. */
  async #tryMount(mount: RegistryRequest): Promise<HttpResponse | undefined> {
    try {
      return await this.#connection.send(mount);
    } catch (error) {
      if (error instanceof AirgapError && isRefusal(error.code)) return undefined;
      throw error;
    }
  }

  /** Requests that may be sent twice without harm. */
  #send(request: RegistryRequest): Promise<HttpResponse> {
    return retry({ signal: request.signal, attempts: this.#connection.attempts }, async () => {
      const response = await this.#connection.send(request);
      if (response.status === 429 || response.status >= 500) throw await this.#connection.error(response, request);
      return response;
    });
  }
}
