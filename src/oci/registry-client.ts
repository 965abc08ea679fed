import { algorithmOf, digestOf, isDigest, verifyBytes } from './digest.ts';
import type { Digest } from './digest.ts';
import { ociError } from './errors.ts';
import { readBytes, readContent } from './read-content.ts';
import { describe } from '../net/http/message.ts';
import type { HttpResponse } from '../net/http/message.ts';
import { isRecord, member, parseJson } from '../base/json.ts';
import { MANIFEST_LIMIT } from './manifest.ts';
import type { Descriptor } from './manifest.ts';
import { MANIFEST_ACCEPT } from './media-types.ts';
import { openBlob } from './open-blob.ts';
import type { BlobIdentity, BlobStream, OpenBlobOptions } from './open-blob.ts';
import { nextPage } from './pagination.ts';
import { listReferrers, readReferrersTag } from './referrers.ts';
import type { Referrer, TaggedReferrers } from './referrers.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import { retry } from './retry.ts';

export interface ManifestHead {
  readonly digest: Digest;
  readonly mediaType: string;
  /** bytes */
  readonly size: number;
}

export interface FetchedManifest extends ManifestHead {
  readonly bytes: Buffer;
}

export interface PageOptions {
  /** The `next` of the previous page: a query, whose marker is the registry's own. Undefined for the first page. */
  readonly last?: string;
  readonly limit: number;
  readonly signal: AbortSignal;
}

const PAGE_LIMIT = 8 * 1024 * 1024;

/** The reading half of the distribution API (OCI distribution-spec, "Pull" and "Content Discovery") for one registry. */
export class RegistryClient {
  readonly #connection: RegistryConnection;

  constructor(connection: RegistryConnection) {
    this.#connection = connection;
  }

  /** host[:port] as in references */
  get host(): string {
    return this.#connection.host;
  }

  /** Checks that a registry responds. */
  async ping(signal: AbortSignal): Promise<void> {
    await this.#connection.endpoint(signal);
  }

  /**
   * Checks the credential for a repository, or for the registry itself if `repository` is empty.
   * @returns whether the registry requires one
   * @throws oci.unauthorized, oci.credentials-missing, oci.forbidden and others
   */
  async authenticate(repository: string, signal: AbortSignal): Promise<boolean> {
    const { challenge } = await this.#connection.endpoint(signal);
    if (challenge === undefined) return false;
    const request = { method: 'GET', target: '/v2/', access: pull(repository), signal } as const;
    const response = await this.#connection.send(request);
    if (response.status === 401 || response.status === 403) throw await this.#connection.error(response, request);
    await response.body.discard();
    return true;
  }

  /** A page of the registry's repositories, if it has a catalog and grants access to it. */
  async catalog(options: PageOptions): Promise<{ repositories: string[]; next?: string }> {
    const page = await this.#page('/v2/_catalog', 'repositories', '', options);
    return { repositories: page.names, ...(page.next === undefined ? {} : { next: page.next }) };
  }

  /** A page of a repository's tags, in the registry's order. */
  async tags(path: string, options: PageOptions): Promise<{ tags: string[]; next?: string }> {
    const page = await this.#page(`/v2/${path}/tags/list`, 'tags', path, options);
    return { tags: page.names, ...(page.next === undefined ? {} : { next: page.next }) };
  }

  /** Digest, type and size of a manifest; undefined if it does not exist. */
  async headManifest(path: string, tagOrDigest: string, signal: AbortSignal): Promise<ManifestHead | undefined> {
    const request = manifestRequest('HEAD', path, tagOrDigest, signal);
    const response = await this.#connection.sendWithRetry(request);
    await response.body.discard();
    if (response.status === 404) return undefined;
    const digest = response.header('docker-content-digest');
    const size = Number(response.header('content-length') ?? Number.NaN);
    if (response.status === 200 && isDigest(digest)) {
      return { digest, mediaType: response.header('content-type') ?? '', size: Number.isSafeInteger(size) ? size : 0 };
    }
    // Not every registry supports HEAD or returns a digest for it; the response to GET also contains the reason for a
    // refusal.
    return this.#getOrUndefined(path, tagOrDigest, signal);
  }

  /**
   * A manifest's exact bytes, verified if it is requested by digest.
   * @throws oci.not-found, oci.digest-mismatch, oci.too-large
   */
  async getManifest(path: string, tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest> {
    const request = manifestRequest('GET', path, tagOrDigest, signal);
    const { attempts, onRetry } = this.#connection;
    const { response, bytes } = await retry({ signal, attempts, onRetry }, async () => {
      const response = await this.#connection.send(request);
      if (response.status !== 200) throw await this.#connection.error(response, request);
      return { response, bytes: await this.#readManifest(response, tagOrDigest) };
    });
    const where = `${this.host}/${path}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`;
    if (isDigest(tagOrDigest)) verifyBytes(bytes, tagOrDigest, where);
    const digest = isDigest(tagOrDigest) ? tagOrDigest : digestOf(bytes);
    return { digest, mediaType: response.header('content-type') ?? '', size: bytes.byteLength, bytes };
  }

  /** The referrers of a manifest according to the referrers API; see `listReferrers`. */
  referrers(path: string, subject: Digest, signal: AbortSignal): Promise<Referrer[] | undefined> {
    return listReferrers(this.#connection, path, subject, signal);
  }

  /** The referrers of a manifest according to the fallback tag; see `readReferrersTag`. */
  taggedReferrers(path: string, subject: Digest, signal: AbortSignal): Promise<TaggedReferrers> {
    return readReferrersTag(this, path, subject, signal);
  }

  /** Whether a repository has a blob. */
  async hasBlob(path: string, digest: Digest, signal: AbortSignal): Promise<boolean> {
    const request = { method: 'HEAD' as const, target: `/v2/${path}/blobs/${digest}`, access: pull(path), signal };
    const response = await this.#connection.sendWithRetry(request);
    if (response.status === 200 || response.status === 404) {
      await response.body.discard();
      return response.status === 200;
    }
    // After a 401 from the registry itself, the same password is not sent again with GET.
    if (response.status === 401 && response.redirectedTo === undefined)
      throw await this.#connection.error(response, request);
    await response.body.discard();
    return this.#hasBlobByGet({ ...request, method: 'GET', headers: { range: 'bytes=0-0' } });
  }

  /**
   * Not every registry supports HEAD, and one that redirects to a store may have signed the URL for GET only (S3). The
   * response to GET also contains the reason for a refusal.
   */
  async #hasBlobByGet(request: RegistryRequest): Promise<boolean> {
    const response = await this.#connection.sendWithRetry(request);
    // 416: the blob is empty, so it has no first byte.
    const exists = [200, 206, 416].includes(response.status);
    if (!exists && response.status !== 404) throw await this.#connection.error(response, request);
    await response.body.discard();
    return exists;
  }

  /** Opens a blob to be read from `offset` to its end; the reader verifies size and digest. */
  openBlob(path: string, descriptor: BlobIdentity, options: OpenBlobOptions): Promise<BlobStream> {
    return openBlob(this.#connection, path, descriptor, options);
  }

  /**
   * Reads a complete small blob and verifies it.
   * @throws oci.too-large above `limit` bytes, oci.digest-mismatch
   */
  async readBlob(path: string, descriptor: Descriptor, limit: number, signal: AbortSignal): Promise<Buffer> {
    if (descriptor.size > limit)
      throw ociError('too-large', { what: `The blob ${descriptor.digest}`, host: this.host, limit });
    const { body, where } = await this.openBlob(path, descriptor, { lane: 'small', signal });
    const bytes = await readBytes(body, limit, 'The blob', this.host);
    verifyBytes(bytes, descriptor.digest, where);
    return bytes;
  }

  #readManifest(response: HttpResponse, tagOrDigest: string): Promise<Buffer> {
    const isExpected = (bytes: Buffer) =>
      isDigest(tagOrDigest) && digestOf(bytes, algorithmOf(tagOrDigest)) === tagOrDigest;
    return readContent(response, MANIFEST_LIMIT, 'The manifest', this.host, isExpected);
  }

  async #getOrUndefined(path: string, tagOrDigest: string, signal: AbortSignal): Promise<ManifestHead | undefined> {
    const request = manifestRequest('GET', path, tagOrDigest, signal);
    const response = await this.#connection.sendWithRetry(request);
    if (response.status === 404) {
      await response.body.discard();
      return undefined;
    }
    if (response.status !== 200) throw await this.#connection.error(response, request);
    const bytes = await this.#readManifest(response, tagOrDigest);
    const mediaType = response.header('content-type') ?? '';
    return { digest: digestOf(bytes), mediaType, size: bytes.byteLength };
  }

  async #page(
    target: string,
    key: string,
    path: string,
    options: PageOptions,
  ): Promise<{ names: string[]; next?: string }> {
    const { limit, signal, last = `n=${limit}` } = options;
    const request = { method: 'GET' as const, target: `${target}?${last}`, access: pull(path), signal };
    const response = await this.#connection.sendWithRetry(request);
    if (response.status !== 200) {
      const error = await this.#connection.error(response, request);
      // Some registries reject a page size above their limit instead of sending a shorter page.
      const isTooLong =
        options.last === undefined && String(error.args['codes'] ?? '').includes('PAGINATION_NUMBER_INVALID');
      if (isTooLong) return this.#page(target, key, path, { ...options, last: '' });
      throw error;
    }
    const json = parseJson(await readContent(response, PAGE_LIMIT, 'The list', this.host));
    const list = isRecord(json) ? member(json, key) : undefined;
    // Nexus returns null for a repository without tags.
    const names = Array.isArray(list) ? list.filter((name): name is string => typeof name === 'string') : [];
    const { origin } = await this.#connection.endpoint(signal);
    const url = new URL(request.target, origin);
    const next = nextPage(response.header('link'), { url, names, limit }, (reason) =>
      ociError('page-invalid', { host: this.host, reason, step: describe('GET', url) }),
    );
    return next === undefined ? { names } : { names, next };
  }
}

function manifestRequest(method: 'HEAD' | 'GET', path: string, tagOrDigest: string, signal: AbortSignal) {
  const headers = { accept: MANIFEST_ACCEPT };
  return { method, target: `/v2/${path}/manifests/${tagOrDigest}`, access: pull(path), headers, signal };
}

function pull(repository: string) {
  return { repository, actions: 'pull' as const };
}
