import type { LookupFunction } from 'node:net';

import { abortError } from '../../base/errors.ts';
import { NetworkError, networkError } from '../network-error.ts';
import type { NetworkSettings, ProxySettings } from '../network-settings.ts';
import { STALL_TIMEOUT } from '../stall-watch.ts';
import { AddressGuard } from './address-guard.ts';
import { Connector } from './connector.ts';
import { describe } from './message.ts';
import type { HttpRequest, HttpResponse, Lane } from './message.ts';
import { proxyFor } from './proxy-rules.ts';
import type { Proxy } from './proxy-rules.ts';
import { proxyStatusError } from './proxy-tunnel.ts';
import { WireSender } from './wire-sender.ts';

/** Most connections to one server, opened as needed; more if the settings allow more concurrent requests. */
const CONNECTIONS = { small: 96, blob: 16 } as const;
/** Bytes that a connection reads at once. */
const BUFFER_SIZES = { small: 32 * 1024, blob: 256 * 1024 } as const;
/** A request with one of these methods has a body, which may be empty (RFC 9110, 8.6). */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);
const HEADERS_TIMEOUT = 60_000;

/**
 * HTTP/1.1, with separate connections for each lane. It follows no redirects, retries nothing and decodes nothing: its
 * callers do that, by their own rules. Each side of a relocation has its own transport, so that an upload never waits for
 * the connection of its own download.
 */
export class HttpTransport {
  readonly #settings: NetworkSettings;
  /** Origins that have responded: later failures there may be temporary. */
  readonly #known = new Set<string>();
  readonly #senders: Readonly<Record<Lane, WireSender>>;
  #isClosed = false;

  /** @param lookup resolves host names; by default as the system does */
  constructor(settings: NetworkSettings, lookup?: LookupFunction) {
    this.#settings = settings;
    const connector = new Connector(settings, new AddressGuard(lookup));
    const { concurrency = 0 } = settings;
    const sender = (lane: Lane) =>
      new WireSender(connector, {
        connections: Math.max(CONNECTIONS[lane], concurrency),
        bufferSize: BUFFER_SIZES[lane],
      });
    this.#senders = { small: sender('small'), blob: sender('blob') };
  }

  /** @throws a NetworkError, or what `toError` makes of it; an AbortError, also once the transport is closed */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method, body, signal, zeroCopy = false } = request;
    const { responseHeaderTimeout = HEADERS_TIMEOUT, stallTimeout = STALL_TIMEOUT, proxy } = this.#settings;
    // A caller that retries may not know yet that the transport is closed.
    if (this.#isClosed) throw abortError();
    const { origin } = url;
    const step = () => describe(method, url);
    const fail = (error: unknown, known: { answeredBefore?: 1 } = {}): Error => {
      const context = { host: url.host, onBehalfOf: request.onBehalfOf ?? url.host, step: step() };
      const failure = networkError(error, { ...context, ...known });
      return failure instanceof NetworkError ? (request.toError?.(failure) ?? failure) : failure;
    };
    try {
      // TLS goes through a proxy in a tunnel, SOCKS always; a plain http request is sent to the proxy (RFC 9112, 3.2.2).
      const forward = url.protocol === 'http:' ? forwardProxy(url, proxy) : undefined;
      const response = await this.#senders[request.lane].send({
        method,
        url,
        origin,
        onBehalfOf: request.onBehalfOf,
        forward,
        target: `${forward === undefined ? '' : origin}${url.pathname}${url.search}`,
        headers: {
          'accept-encoding': 'identity',
          'user-agent': 'carvel-airgap',
          ...lengthOf(method, body),
          ...request.headers,
          ...(forward === undefined ? {} : forwardHeaders(url, forward)),
        },
        body,
        signal,
        headTimeout: responseHeaderTimeout + (request.extraTime ?? 0),
        bodyTimeout: request.mayPause === true ? undefined : stallTimeout,
        zeroCopy,
        fail,
      });
      if (forward !== undefined && response.status === 407) {
        await response.body.discard();
        throw proxyStatusError(407, forward, url.host, step());
      }
      this.#known.add(origin);
      return response;
    } catch (error) {
      throw fail(error, this.#known.has(origin) ? { answeredBefore: 1 } : {});
    }
  }

  /** Ends all connections at once. No new one is made after that. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const sender of Object.values(this.#senders)) sender.close();
    return Promise.resolve();
  }
}

/** The length of a body that is in memory; that of a stream is known to the caller. */
function lengthOf(method: string, body: HttpRequest['body']): Record<string, string> {
  if (body instanceof Uint8Array) return { 'content-length': String(body.byteLength) };
  return body === undefined && WITH_BODY.has(method) ? { 'content-length': '0' } : {};
}

function forwardProxy(url: URL, settings: ProxySettings | undefined): Proxy | undefined {
  const proxy = proxyFor(url, settings);
  return proxy?.url.protocol === 'socks5:' ? undefined : proxy;
}

function forwardHeaders(url: URL, { authorization }: Proxy): Record<string, string> {
  return { host: url.host, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) };
}
