import { setTimeout as delay } from 'node:timers/promises';

import { AirgapError } from '../base/errors.ts';
import { uploadedBytes } from './content-range.ts';
import type { Digest } from './digest.ts';
import { describe } from '../net/http/message.ts';
import type { HttpResponse, Lane } from '../net/http/message.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import { registryError } from './network-errors.ts';
import { readSession } from './upload-session.ts';
import { retry } from './retry.ts';
import { StallWatch } from '../net/stall-watch.ts';
import type { UploadProfile } from './upload-profile.ts';
import type { UploadSession, UploadState } from './upload-session.ts';

/** Maximum number of attempts to cancel an upload while the registry does not accept the URL of its session. */
const MAX_CANCEL_ATTEMPTS = 7;
/** Milliseconds before the session's URL is requested again; doubled for each further attempt. */
const CANCEL_PAUSE = 10;

/**
 * Statuses that confirm a request: 201 and 202 by the specification, and those that HTTP allows as well (RFC 9110,
 * 9.3.4).
 */
const DONE = new Set([200, 201, 202, 204]);

/** Whether a token server refused access to the source of a mount. */
function isRefusal(code: string): boolean {
  return code === 'oci.unauthorized' || code === 'oci.credentials-missing';
}

/** Additional milliseconds for a response when the registry first has to move or hash `size` bytes. */
function timeFor(size: number): number {
  return Math.min(14 * 60_000, size / 2000);
}
/** Uploads blobs to one registry (OCI distribution-spec, "Pushing blobs"). */
export class BlobUploads {
  readonly #connection: RegistryConnection;

  constructor(connection: RegistryConnection) {
    this.#connection = connection;
  }

  /** Maximum number of attempts for a request that fails for a temporary reason; undefined without a setting. */
  get attempts(): number | undefined {
    return this.#connection.attempts;
  }

  /**
   * The request sizes in which blobs are uploaded; a size that a registry or proxy refused is not tried again for the
   * next blob.
   */
  get profile(): UploadProfile {
    return this.#connection.uploads;
  }

  set profile(profile: UploadProfile) {
    this.#connection.uploads = profile;
  }

  /** Measured bytes per second of the last upload of a large blob; undefined before the first. */
  get pace(): number | undefined {
    return this.#connection.uploadPace;
  }

  set pace(bytesPerSecond: number) {
    this.#connection.uploadPace = bytesPerSecond;
  }

  /**
   * Starts an upload and requests a mount in the same request: from another repository of the registry, or from the
   * repository itself, which shows whether it already has the blob. Without `from`, only starts an upload.
   * @returns undefined if the repository has the blob now
   */
  async startUpload(
    path: string,
    digest: Digest,
    from: string | undefined,
    signal: AbortSignal,
  ): Promise<UploadSession | undefined> {
    if (from !== undefined) {
      const uploads = `/v2/${path}/blobs/uploads/`;
      const access = { repository: path, actions: 'pull,push' as const };
      const query = new URLSearchParams({ mount: digest, from }).toString();
      const mount = this.#post(`${uploads}?${query}`, { ...access, mountFrom: from }, signal);
      const response = await this.#tryMount(mount);
      if (response?.status === 202 && response.header('location') !== undefined) {
        return readSession(this.#connection, path, response, mount);
      }
      await response?.body.discard();
      if (response?.status === 201) return undefined;
      // Whatever is wrong with the mount (no permission to read the source, a registry without mounts, an upload
      // without a Location), the upload itself may work.
    }
    return this.beginUpload(path, signal);
  }

  /** Starts an upload that is not tied to a blob yet. */
  async beginUpload(path: string, signal: AbortSignal): Promise<UploadSession> {
    const request = this.#post(`/v2/${path}/blobs/uploads/`, { repository: path, actions: 'pull,push' }, signal);
    const response = await this.#connection.sendWithRetry(request);
    if (response.status === 202) return readSession(this.#connection, path, response, request);
    throw await this.#connection.error(response, request);
  }

  /**
   * Sends a complete blob in one request and closes its session ("POST then PUT").
   * @param size bytes
   * @returns the digest that the registry reports, if any
   */
  putBlob(
    session: UploadSession,
    digest: Digest,
    size: number,
    body: Uint8Array | AsyncIterable<Uint8Array>,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    return this.#close(session, digest, size, body, lane, signal);
  }

  /**
   * Sends one chunk of a blob ("Pushing a blob in chunks"): `length` bytes from `offset`.
   * @returns the state from which the upload continues
   */
  async patchBlob(
    session: UploadSession,
    offset: number,
    length: number,
    body: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<UploadState> {
    const request: RegistryRequest = {
      method: 'PATCH',
      target: session.location,
      access: { repository: session.path, actions: 'pull,push' },
      headers: {
        'content-type': 'application/octet-stream',
        'content-length': String(length),
        'content-range': `${offset}-${offset + length - 1}`,
      },
      lane: 'blob',
      signal,
      extraTime: timeFor(length),
    };
    const response = await this.#sendBody(request, body);
    // ECR and GitHub respond with 201 where the specification says 202.
    if (!DONE.has(response.status)) throw await this.#connection.error(response, request);
    const uploaded = uploadedBytes(response.header('range'));
    return { session: await readSession(this.#connection, session.path, response, request, session), uploaded };
  }

  /**
   * Closes a session whose chunks have all been sent.
   * @param size bytes
   * @returns the digest that the registry reports, if any
   */
  commitBlob(session: UploadSession, digest: Digest, size: number, signal: AbortSignal): Promise<string | undefined> {
    return this.#close(session, digest, size, undefined, 'blob', signal);
  }

  /**
   * Asks for the progress of an upload (distribution-spec, "Resuming an interrupted upload").
   * @returns undefined if the registry no longer knows the session, or does not support this request
   */
  async uploadState(session: UploadSession, signal: AbortSignal): Promise<UploadState | undefined> {
    const access = { repository: session.path, actions: 'pull,push' as const };
    const request: RegistryRequest = { method: 'GET', target: session.location, access, signal };
    const response = await this.#connection.sendWithRetry(request);
    const uploaded = uploadedBytes(response.header('range'));
    if ((response.status !== 204 && response.status !== 202) || uploaded === undefined) {
      await response.body.discard();
      return undefined;
    }
    return { session: await readSession(this.#connection, session.path, response, request, session), uploaded };
  }

  /** A session recorded earlier by another process; undefined if its URL does not have the registry's origin. */
  async knownSession(path: string, location: string, signal: AbortSignal): Promise<UploadSession | undefined> {
    const { origin } = await this.#connection.endpoint(signal);
    const url = URL.canParse(location) ? new URL(location) : undefined;
    return url?.origin === origin.origin ? { path, location: url, leastChunk: 0 } : undefined;
  }

  /** Cancels an upload. Not every registry or credential allows that, so a failure is ignored. */
  async cancelUpload(session: UploadSession, signal: AbortSignal): Promise<void> {
    try {
      // After an interrupted body, the registry may still be storing bytes that its session does not count yet.
      // Distribution 3 then requires the session's current URL; Distribution 2.8 reports none, and keeps the upload
      // until it purges old ones.
      for (
        let attempt = 1, current = session;
        !(await this.#delete(current, signal)) && attempt < MAX_CANCEL_ATTEMPTS;
        attempt++
      ) {
        await delay(CANCEL_PAUSE * 2 ** (attempt - 1), undefined, { signal });
        const state = await this.uploadState(session, signal);
        if (state === undefined) return;
        current = state.session;
      }
    } catch {
      // Registries discard abandoned sessions after some time.
    }
  }

  /** @returns false if the registry does not know the session, or not by this URL */
  async #delete(session: UploadSession, signal: AbortSignal): Promise<boolean> {
    const access = { repository: session.path, actions: 'pull,push' as const };
    const response = await this.#connection.send({ method: 'DELETE', target: session.location, access, signal });
    await response.body.discard();
    return response.status !== 404 && response.status !== 416;
  }

  async #close(
    session: UploadSession,
    digest: Digest,
    size: number,
    body: Uint8Array | AsyncIterable<Uint8Array> | undefined,
    lane: Lane,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const target = new URL(session.location);
    // The session's query is preserved byte for byte, because it may be signed.
    target.search += `${target.search === '' ? '?' : '&'}digest=${encodeURIComponent(digest)}`;
    const length = body === undefined ? 0 : size;
    const request: RegistryRequest = {
      method: 'PUT',
      target,
      access: { repository: session.path, actions: 'pull,push' },
      headers: { 'content-type': 'application/octet-stream', 'content-length': String(length) },
      lane,
      signal,
      extraTime: timeFor(size),
    };
    const response = await this.#sendBody(request, body);
    if (!DONE.has(response.status)) throw await this.#connection.error(response, request);
    await response.body.discard();
    return response.header('docker-content-digest');
  }

  /** Sends a body that can only be sent once, and gives up when the transfer stalls. */
  async #sendBody(
    request: RegistryRequest,
    bytes: Uint8Array | AsyncIterable<Uint8Array> | undefined,
  ): Promise<HttpResponse> {
    if (bytes === undefined) return this.#connection.send(request);
    if (bytes instanceof Uint8Array) return this.#connection.send({ ...request, body: bytes });
    const step = describe(request.method, new URL(request.target));
    const at = { host: this.#connection.host, step };
    const watch = new StallWatch(request.signal, this.#connection.stallTimeout, at);
    try {
      return await this.#connection.send({ ...request, body: watch.through(bytes), signal: watch.signal });
    } catch (error) {
      const { stalled } = watch;
      throw stalled === undefined ? error : registryError(stalled, { registry: this.#connection.host, isNamed: false });
    } finally {
      watch.dispose();
    }
  }

  #post(target: string, access: RegistryRequest['access'], signal: AbortSignal): RegistryRequest {
    return { method: 'POST', target, access, headers: { 'content-length': '0' }, signal };
  }

  /**
   * Undefined if the token server does not grant access to the source: a mount is impossible then, but an upload may
   * work.
   */
  async #tryMount(mount: RegistryRequest): Promise<HttpResponse | undefined> {
    try {
      const { attempts, onRetry } = this.#connection;
      return await retry({ signal: mount.signal, attempts, onRetry }, () => this.#connection.send(mount));
    } catch (error) {
      if (error instanceof AirgapError && isRefusal(error.code)) return undefined;
      throw error;
    }
  }
}
