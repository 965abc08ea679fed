import { isAbort } from '../base/errors.ts';
import type { AirgapError } from '../base/errors.ts';
import { SingleFlight } from '../base/single-flight.ts';
import { Authorizer } from './auth/authorizer.ts';
import type { Authorization } from './auth/authorizer.ts';
import type { Access } from './auth/scopes.ts';
import { trustedRealmsOf } from './connection-settings.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { CredentialProvider, Side } from './credentials.ts';
import { findEndpoint } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';
import { ociError } from './errors.ts';
import { describe } from '../net/http/transport.ts';
import type { HttpRequest, HttpResponse, HttpTransport, Lane } from '../net/http/transport.ts';
import { STALL_TIMEOUT } from '../net/stall-watch.ts';
import { HostGate } from './host-gate.ts';
import { uploadProfile } from './upload-profile.ts';
import type { UploadProfile } from './upload-profile.ts';
import type { RetryListener } from './retry.ts';
import { statusError } from './status-errors.ts';

export interface RegistryRequest {
  readonly method: HttpRequest['method'];
  /** "/v2/…", or a URL that the registry gave, which is not trusted. */
  readonly target: string | URL;
  readonly access: Access;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream can be sent once: then a refusal is not answered by a second try. */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly lane?: Lane;
  /** See `HttpRequest`. */
  readonly lends?: boolean;
  readonly signal: AbortSignal;
  /** Milliseconds that an answer may take beyond what is usual. */
  readonly extraTime?: number;
}

/** What a person wants to know of a registry that does not answer as it should. */
export interface ConnectionListener {
  /** A request failed and is sent again. */
  readonly retry: RetryListener;
  /** A registry asked to wait, and nothing is sent to it until then. */
  readonly pause: (host: string, seconds: number) => void;
}

export interface ConnectionOptions {
  readonly settings: ConnectionSettings;
  readonly transport: HttpTransport;
  readonly credentials: CredentialProvider;
  readonly side: Side;
  readonly listener?: ConnectionListener;
}

export interface RegistryResponse extends HttpResponse {
  /** The origin that answered in the registry's place, to which it had redirected. */
  readonly redirectedTo?: string;
}

interface Attempt {
  readonly response: RegistryResponse;
  readonly sent: Authorization;
  /** Whether the registry itself answered: what others say of credentials is not meant for it. */
  readonly isOwn: boolean;
}

export const MAX_REDIRECTS = 5;
/** The first, one with a token where it was not known that one is needed, and one with what was asked for anew. */
const MAX_TRIES = 3;
export const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Requests to one registry: knows its scheme, authorises, follows redirects of reads, and keeps credentials at home. */
export class RegistryConnection {
  /** host[:port] as in references */
  readonly host: string;
  /** In which pieces blobs go up, as far as is known. */
  uploads: UploadProfile;
  readonly #options: ConnectionOptions;
  readonly #authorizer: Authorizer;
  readonly #gate = new HostGate();
  readonly #endpoint = new SingleFlight<'endpoint', Endpoint>();

  constructor(host: string, options: ConnectionOptions) {
    const { settings, transport, credentials, side } = options;
    this.host = host;
    this.uploads = uploadProfile(host);
    this.#options = options;
    const trustedTokenRealms = trustedRealmsOf(host, settings);
    this.#authorizer = new Authorizer({ transport, credentials, side, registry: host, trustedTokenRealms });
  }

  /** How often a request is sent at the most while it fails for a passing reason; undefined where nobody said. */
  get attempts(): number | undefined {
    const { retryCount } = this.#options.settings;
    return retryCount === undefined ? undefined : Math.max(1, retryCount);
  }

  /** Milliseconds without a byte after which a body that is sent is given up. */
  get stallTimeout(): number {
    return this.#options.settings.stallTimeout ?? STALL_TIMEOUT;
  }

  get onRetry(): RetryListener | undefined {
    return this.#options.listener?.retry;
  }

  async endpoint(signal: AbortSignal): Promise<Endpoint> {
    const { settings, transport } = this.#options;
    try {
      return await this.#endpoint.do('endpoint', async () => {
        const endpoint = await findEndpoint(this.host, settings, transport, signal);
        this.#authorizer.challenge(endpoint.challenge);
        return endpoint;
      });
    } catch (error) {
      // Who asked first was cancelled; who waits for the same answer was not.
      if (isAbort(error) && !signal.aborted) return this.endpoint(signal);
      throw error;
    }
  }

  /** Sends a request; what the answer's status means is for the caller. */
  async send(request: RegistryRequest): Promise<RegistryResponse> {
    const { origin } = await this.endpoint(request.signal);
    const url = this.resolve(request.target, origin);
    for (let tries = 1; ; tries++) {
      const { response, sent, isOwn } = await this.#inTurn(request, url, origin);
      if (response.status !== 401 || !isOwn || tries === MAX_TRIES) return response;
      // A password that was refused is not tried a second time: that can lock an account.
      const { access } = request;
      if (!(await this.#authorizer.refused(access, response.header('www-authenticate'), sent))) return response;
      // A stream has been used up: whoever made it makes another one.
      if (isStream(request.body)) return response;
      await response.body.discard();
    }
  }

  /** The error for an answer, which names the credential that was used. */
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
      taken: this.#gate.taken,
      ...(problem === undefined ? {} : { problem }),
    });
  }

  /**
   * A target as a URL: a server's relative one belongs to the registry.
   * @param base the URL of the request to which the target was the answer (RFC 9110, 10.2.2); without it the origin's root
   * @throws oci.response-invalid where it is no URL
   */
  resolve(target: string | URL, origin: URL, base: URL = origin): URL {
    let url: URL;
    try {
      url = new URL(target, base);
    } catch {
      const reason = 'the address it gives is no URL';
      throw ociError('response-invalid', { host: this.host, reason, step: `${base.origin}${base.pathname}` });
    }
    // Behind a proxy some registries name themselves with http and lose the port; that is still themselves.
    const sameHost = url.hostname === origin.hostname && (url.port === '' || url.port === origin.port);
    if (sameHost && url.origin !== origin.origin) return new URL(url.pathname + url.search, origin);
    return url;
  }

  /** Sends a request when the registry has room for it. */
  async #inTurn(request: RegistryRequest, url: URL, origin: URL): Promise<Attempt> {
    const closed = await this.#gate.enter(request.signal);
    if (closed !== undefined) throw this.#closed(request, url, closed);
    try {
      const attempt = await this.#attempt(request, url, origin);
      const { response } = attempt;
      const pause = this.#gate.heed(response.status, response.header('retry-after'));
      if (pause !== undefined) this.#options.listener?.pause(this.host, pause);
      return attempt;
    } finally {
      this.#gate.leave();
    }
  }

  /** What it said to another request counts for this one: it is not asked. */
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
      this.#checkTarget(target, origin, request);
      const response = await this.#options.transport.send({
        method: request.method,
        url: target,
        registry: this.host,
        headers: { ...request.headers, ...headerFor(target, origin, sent) },
        ...(request.body === undefined ? {} : { body: request.body }),
        lane: request.lane ?? 'small',
        lends: request.lends ?? false,
        signal: request.signal,
        ...(request.extraTime === undefined ? {} : { extraTime: request.extraTime }),
      });
      const location = response.header('location');
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const isOwn = target.origin === origin.origin;
      if (!isRead || !REDIRECTS.has(response.status) || location === undefined) {
        const redirectedTo = target.origin === url.origin ? {} : { redirectedTo: target.origin };
        // A proxy on the way that may have changed the content says 203; what was meant is 200, and digests tell (RFC 9110, 15.3.4).
        const status = response.status === 203 ? 200 : response.status;
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
    if (target.origin === origin.origin) return;
    const isHttp = target.protocol === 'http:';
    if (target.protocol !== 'https:' && !isHttp) throw this.#refused(request, origin, target, 'it is not an HTTP URL');
    if (isHttp && origin.protocol === 'https:')
      throw this.#refused(request, origin, target, 'it redirects from HTTPS to HTTP');
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
function headerFor(target: URL, origin: URL, { header }: Authorization): Record<string, string> {
  return target.origin !== origin.origin || header === undefined ? {} : { authorization: header };
}

function isStream(body: RegistryRequest['body']): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}
