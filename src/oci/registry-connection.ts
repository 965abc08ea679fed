import { isAbort } from '../base/errors.ts';
import type { AirgapError } from '../base/errors.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { Authorizer } from './auth/authorizer.ts';
import type { Authorization } from './auth/authorizer.ts';
import type { Access } from './auth/scopes.ts';
import { trustedRealmsOf } from './connection-settings.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { CredentialProvider, Side } from './auth/credentials.ts';
import { findEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { ociError } from './errors.ts';
import { describe } from '../net/http/message.ts';
import type { HttpRequest, HttpResponse, Lane } from '../net/http/message.ts';
import type { RegistryTransport } from './registry-transport.ts';
import { STALL_TIMEOUT } from '../net/stall-watch.ts';
import { RequestThrottle } from './request-throttle.ts';
import { RoundTrips } from './round-trips.ts';
import { uploadProfile } from './upload-profile.ts';
import type { UploadProfile } from './upload-profile.ts';
import { retry } from './retry.ts';
import type { RetryListener } from './retry.ts';
import { statusError } from './status-errors.ts';

export interface RegistryRequest {
  readonly method: HttpRequest['method'];
  /** "/v2/…", or a URL that the registry gave, which is not trusted. */
  readonly target: string | URL;
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream can only be sent once, so the request is not repeated after a refusal. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly lane?: Lane;
  /** See `HttpRequest`. */
  readonly zeroCopy?: boolean;
  readonly signal: AbortSignal;
  /** Milliseconds that a response may take beyond the usual time. */
  readonly extraTime?: number;
}

/** What the user should know about a registry that does not respond as it should. */
export interface ConnectionListener {
  /** A request failed and is retried. */
  readonly retry: RetryListener;
  /** A registry asked to wait, and nothing is sent to it until then. */
  readonly pause: (host: string, seconds: number) => void;
}

export interface ConnectionOptions {
  readonly settings: ConnectionSettings;
  readonly transport: RegistryTransport;
  readonly credentials: CredentialProvider;
  readonly side: Side;
  readonly listener?: ConnectionListener;
}

export interface RegistryResponse extends HttpResponse {
  /** The origin that responded after the registry redirected to it. */
  readonly redirectedTo?: string;
}

interface Attempt {
  readonly response: RegistryResponse;
  readonly sent: Authorization;
  /** Whether the registry itself responded: another server's statements about credentials do not apply to it. */
  readonly isOwn: boolean;
}

export const MAX_REDIRECTS = 5;
/** The first one, one with a token once the registry asks for it, and one with a renewed token. */
const MAX_TRIES = 3;
export const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Sends requests to one registry: knows its scheme, authorizes, follows redirects of reads, and sends credentials to no other origin. */
export class RegistryConnection {
  /** host[:port] as in references */
  readonly host: string;
  /** The sizes in which blobs are uploaded, as far as known. */
  uploads: UploadProfile;
  /** Measured bytes per second of one upload, once known. */
  uploadPace: number | undefined;
  readonly #options: ConnectionOptions;
  readonly #authorizer: Authorizer;
  readonly #throttle = new RequestThrottle();
  readonly #roundTrips = new RoundTrips();
  readonly #endpoint = new SingleFlight<'endpoint', Endpoint>();

  constructor(host: string, options: ConnectionOptions) {
    const { settings, transport, credentials, side } = options;
    this.host = host;
    this.uploads = uploadProfile(host);
    this.#options = options;
    const trustedTokenRealms = trustedRealmsOf(host, settings);
    this.#authorizer = new Authorizer({ transport, credentials, side, registry: host, trustedTokenRealms });
  }

  /** Maximum number of attempts for a request that fails for a temporary reason; undefined without a setting. */
  get attempts(): number | undefined {
    const { retryCount } = this.#options.settings;
    return retryCount === undefined ? undefined : Math.max(1, retryCount);
  }

  /** Milliseconds without a byte after which sending a body is given up. */
  get stallTimeout(): number {
    return this.#options.settings.stallTimeout ?? STALL_TIMEOUT;
  }

  /** How many small requests it should have at once. */
  get atOnce(): number {
    return this.#roundTrips.atOnce;
  }

  get onRetry(): RetryListener | undefined {
    return this.#options.listener?.retry;
  }

  async endpoint(signal: AbortSignal): Promise<Endpoint> {
    const { settings, transport } = this.#options;
    let isFirst = false;
    try {
      return await this.#endpoint.do('endpoint', async () => {
        isFirst = true;
        const endpoint = await findEndpoint(this.host, settings, transport, signal);
        this.#authorizer.challenge(endpoint.challenge);
        return endpoint;
      });
    } catch (error) {
      // The first caller was canceled; others that wait for the same result were not. A closed transport aborts all.
      if (isAbort(error) && !isFirst && !signal.aborted) return this.endpoint(signal);
      throw error;
    }
  }

  /** Sends an idempotent request and repeats it after transient errors. */
  sendWithRetry(request: RegistryRequest): Promise<RegistryResponse> {
    const { attempts, onRetry } = this;
    return retry({ signal: request.signal, attempts, onRetry }, async () => {
      const response = await this.send(request);
      const isTemporary = [408, 425, 429].includes(response.status) || response.status >= 500;
      if (isTemporary) throw await this.error(response, request);
      return response;
    });
  }

  /** Sends a request; the caller interprets the response's status. */
  async send(request: RegistryRequest): Promise<RegistryResponse> {
    const { origin } = await this.endpoint(request.signal);
    const url = this.resolve(request.target, origin);
    for (let tries = 1; ; tries++) {
      const { response, sent, isOwn } = await this.#inTurn(request, url, origin);
      if (response.status !== 401 || !isOwn || tries === MAX_TRIES) return response;
      // A rejected password is not tried again: that can lock an account.
      const { access } = request;
      if (!(await this.#authorizer.refused(access, response.header('www-authenticate'), sent))) return response;
      // A stream has been used up: the caller creates a new one.
      if (isStream(request.body)) return response;
      await response.body.discard();
    }
  }

  /** The error for a response; names the credential that was used. */
  async error(response: RegistryResponse, request: RegistryRequest): Promise<AirgapError> {
    const { origin } = await this.endpoint(request.signal);
    const { credential, problem } = await this.#authorizer.find(request.access);
    const url = this.resolve(request.target, origin);
    const { redirectedTo } = response;
    const isOwn = url.origin === origin.origin && redirectedTo === undefined;
    return statusError(response, {
      host: this.host,
      repository: request.access.repository === '' ? 'the registry' : request.access.repository,
      step: describe(request.method, url) + (redirectedTo === undefined ? '' : `, redirected to ${redirectedTo}`),
      credential: credential?.origin,
      isGranted: isOwn && this.#authorizer.hasToken(credential),
      taken: this.#throttle.taken,
      ...(problem === undefined ? {} : { problem }),
    });
  }

  /**
   * A target as a URL, resolved against the registry.
   * @param base the URL of the request whose response named the target (RFC 9110, 10.2.2); by default the origin's root
   * @throws oci.response-invalid if it is not a URL
   */
  resolve(target: string | URL, origin: URL, base: URL = origin): URL {
    // Almost all requests: needs no comparison.
    if (base === origin && typeof target === 'string' && target.startsWith('/v2/')) return new URL(target, origin);
    let url: URL;
    try {
      url = target instanceof URL ? target : new URL(target, base);
    } catch {
      const reason = 'the address it gives is no URL';
      throw ociError('response-invalid', { host: this.host, reason, step: `${base.origin}${base.pathname}` });
    }
    // Behind a proxy, some registries state their own URL with http and without the port, which still means the
    // registry.
    const sameHost = url.hostname === origin.hostname && (url.port === '' || url.port === origin.port);
    if (sameHost && url.origin !== origin.origin) return new URL(url.pathname + url.search, origin);
    return url;
  }

  /** Sends a request as soon as the throttle allows it. */
  async #inTurn(request: RegistryRequest, url: URL, origin: URL): Promise<Attempt> {
    const closed = await this.#throttle.acquire(request.signal);
    if (closed !== undefined) throw this.#closed(request, url, closed);
    try {
      const attempt = await this.#attempt(request, url, origin);
      const { response } = attempt;
      const pause = this.#throttle.onResponse(response.status, response.header('retry-after'));
      if (pause !== undefined) this.#options.listener?.pause(this.host, pause);
      return attempt;
    } finally {
      this.#throttle.release();
    }
  }

  /** The registry asked another request for a long pause, which applies to this one too. */
  #closed({ method }: RegistryRequest, url: URL, seconds: number): Error {
    const reason = 'it asked for this earlier and is not contacted until then';
    return ociError('pause-too-long', {
      host: this.host,
      minutes: Math.ceil(seconds / 60),
      reason,
      step: describe(method, url),
    });
  }

  async #attempt(request: RegistryRequest, url: URL, origin: URL): Promise<Attempt> {
    let target = url;
    const sent = await this.#authorize(request, origin);
    for (let hops = 0; ; hops++) {
      const isOwn = target.origin === origin.origin;
      if (!isOwn) this.#checkTarget(target, origin, request);
      const since = performance.now();
      const response = await this.#options.transport.send({
        method: request.method,
        url: target,
        registry: this.host,
        headers: { ...request.headers, ...(isOwn ? headerOf(sent) : {}) },
        ...(request.body === undefined ? {} : { body: request.body }),
        lane: request.lane ?? 'small',
        zeroCopy: request.zeroCopy ?? false,
        signal: request.signal,
        ...(request.extraTime === undefined ? {} : { extraTime: request.extraTime }),
      });
      if (hops === 0 && request.lane !== 'blob' && !isStream(request.body))
        this.#roundTrips.note(performance.now() - since);
      const location = response.header('location');
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (!isRead || !REDIRECTS.has(response.status) || location === undefined) {
        const isElsewhere = target !== url && target.origin !== url.origin;
        // A proxy that may have changed the content turns 200 into 203 (RFC 9110, 15.3.4); the digest shows whether it did.
        if (response.status !== 203 && !isElsewhere) return { response, sent, isOwn };
        const status = response.status === 203 ? 200 : response.status;
        const redirectedTo = isElsewhere ? { redirectedTo: target.origin } : {};
        return { response: { ...response, status, ...redirectedTo }, sent, isOwn };
      }
      await response.body.discard();
      const next = isOwn ? this.resolve(location, origin, target) : this.resolve(location, target);
      if (hops >= MAX_REDIRECTS) throw this.#refused(request, target, next, 'there are too many redirects');
      target = next;
    }
  }

  #authorize({ access, body, signal }: RegistryRequest, origin: URL): Promise<Authorization> {
    return this.#authorizer.authorize(origin, { access, isLong: isStream(body), signal });
  }

  #checkTarget(target: URL, origin: URL, request: RegistryRequest): void {
    const isHttp = target.protocol === 'http:';
    if (target.protocol !== 'https:' && !isHttp) throw this.#refused(request, origin, target, 'it is not an HTTP URL');
    if (isHttp && origin.protocol === 'https:')
      throw this.#refused(request, origin, target, 'it leads from HTTPS to HTTP');
  }

  #refused(request: RegistryRequest, from: URL, to: URL, reason: string): Error {
    return ociError('redirect-refused', {
      host: this.host,
      target: to.origin,
      reason,
      step: describe(request.method, from),
    });
  }
}

/** Only the registry's own origin (scheme, host, port) ever sees its credentials. */
function headerOf({ header }: Authorization): Record<string, string> {
  return header === undefined ? {} : { authorization: header };
}

function isStream(body: RegistryRequest['body']): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}
