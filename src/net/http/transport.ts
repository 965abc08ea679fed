import type { LookupFunction } from 'node:net';

import { abortError } from '../../base/errors.ts';
import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import { STALL_TIMEOUT } from '../stall-watch.ts';
import { AddressGuard } from './address-guard.ts';
import { addressIs, Connector } from './connector.ts';
import { networkError } from './network-errors.ts';
import { proxyFor } from './proxy-rules.ts';
import type { Proxy } from './proxy-rules.ts';
import { proxyStatusError } from './proxy-tunnel.ts';
import type { HttpBody } from './response-body.ts';
import type { Outgoing, Sender } from './sender.ts';
import { isInterimRefused, UndiciSender } from './undici-sender.ts';
import { WireSender } from './wire-sender.ts';

/** Small requests must never wait behind blob bodies: each kind has connections of its own. */
export type Lane = 'small' | 'blob';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** host[:port] of the registry on whose behalf it is sent: the URL may be that of another server it leads to. */
  readonly registry?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly lane: Lane;
  /** Each piece of the answer's body is the reader's only until it asks for the next one: that spares a copy. */
  readonly lends?: boolean;
  readonly signal: AbortSignal;
  /** Milliseconds that the answer's header may take beyond what is usual. */
  readonly extraTime?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** A header's value; several of one name joined by ", ". */
  header(name: string): string | undefined;
  readonly body: HttpBody;
}

/** To one server; more where the settings ask for more requests at once. */
const CONNECTIONS = { small: 32, blob: 16 } as const;
const HEADERS_TIMEOUT = 60_000;

/**
 * HTTP/1.1, each lane over connections of its own. It follows no redirect, retries nothing and decodes nothing: the layers
 * above do that, by their own rules. One transport belongs to one side of a relocation, so that an upload never waits for
 * the connection that its own download holds.
 */
export class HttpTransport {
  readonly #settings: ConnectionSettings;
  /** Origins that have answered: what fails with them later may pass. */
  readonly #known = new Set<string>();
  readonly #senders: Readonly<Record<Lane | 'interim', Sender>>;
  /** Origins that send "100 Continue" without being asked, which is allowed (RFC 9110, 15.2) and more than undici takes. */
  readonly #interim = new Set<string>();
  #isClosed = false;

  /** @param lookup how names become addresses; the system's way by default */
  constructor(settings: ConnectionSettings, lookup?: LookupFunction) {
    this.#settings = settings;
    const connector = new Connector(settings, new AddressGuard(lookup));
    const { concurrency = 0 } = settings;
    this.#senders = {
      small: new UndiciSender(connector, Math.max(CONNECTIONS.small, concurrency)),
      blob: new WireSender(connector, Math.max(CONNECTIONS.blob, concurrency)),
      interim: new WireSender(connector, Math.max(CONNECTIONS.small, concurrency)),
    };
  }

  /** @throws an AirgapError that names host, step and cause, or an AbortError; the latter also once it is closed */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method, body, signal, lends = false } = request;
    const { responseHeaderTimeout = HEADERS_TIMEOUT, stallTimeout = STALL_TIMEOUT, proxy } = this.#settings;
    // Whatever tries again now was not told yet that it is over.
    if (this.#isClosed) throw abortError();
    const step = describe(method, url);
    const { registry = url.host } = request;
    const at = { host: url.host, registry, step, isNamed: !addressIs(registry, url) };
    try {
      // TLS goes through a proxy in a tunnel; plain http is handed to it (RFC 9112, 3.2.2).
      const forward = url.protocol === 'http:' ? proxyFor(url, proxy) : undefined;
      const response = await this.#send(request.lane, {
        method,
        url,
        registry: request.registry,
        forward,
        target: `${forward === undefined ? '' : url.origin}${url.pathname}${url.search}`,
        headers: {
          'accept-encoding': 'identity',
          'user-agent': 'carvel-airgap',
          ...request.headers,
          ...(forward === undefined ? {} : forwardHeaders(url, forward)),
        },
        body,
        signal,
        headTimeout: responseHeaderTimeout + (request.extraTime ?? 0),
        bodyTimeout: stallTimeout,
        lends,
        fail: (error) => networkError(error, at),
      });
      if (forward !== undefined && response.status === 407) {
        await response.body.discard();
        throw proxyStatusError(407, forward, url.host, step);
      }
      this.#known.add(url.origin);
      return response;
    } catch (error) {
      throw networkError(error, at, this.#known.has(url.origin));
    }
  }

  /** Ends all connections at once. No other is made after that. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(Object.values(this.#senders).map((sender) => sender.close()));
  }

  async #send(lane: Lane, outgoing: Outgoing): Promise<HttpResponse> {
    const { url, body, headers } = outgoing;
    const isStream = body !== undefined && !(body instanceof Uint8Array);
    if (lane === 'blob' || isStream) return this.#senders[lane].send(outgoing);
    if (!this.#interim.has(url.origin)) {
      try {
        return await this.#senders.small.send(outgoing);
      } catch (error) {
        if (!isInterimRefused(error)) throw error;
        this.#interim.add(url.origin);
      }
    }
    const length = body === undefined ? {} : { 'content-length': String(body.byteLength) };
    return this.#senders.interim.send({ ...outgoing, headers: { ...headers, ...length } });
  }
}

function forwardHeaders(url: URL, { authorization }: Proxy): Record<string, string> {
  return { host: url.host, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) };
}

/** A request in words, without its query: that may hold a signature or a session. */
export function describe(method: string, url: URL): string {
  return `${method} ${url.origin}${url.pathname}`;
}
