import type { LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { Pool } from 'undici';

import type { ConnectionSettings } from '../connection-settings.ts';
import { STALL_TIMEOUT } from '../stall-watch.ts';
import { AddressGuard } from './address-guard.ts';
import { Connector } from './connector.ts';
import { networkError } from './network-errors.ts';
import { proxyFor } from './proxy-rules.ts';
import type { Proxy } from './proxy-rules.ts';
import { proxyStatusError } from './proxy-tunnel.ts';
import { ResponseBody } from './response-body.ts';
import type { HttpBody } from './response-body.ts';

/** Small requests must never wait behind blob bodies: each kind has connections of its own. */
export type Lane = 'small' | 'blob';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** host[:port] of the registry on whose behalf it is sent: the URL may be that of another server it leads to. */
  readonly registry?: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Readable;
  readonly lane: Lane;
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

const CONNECTIONS = { small: 32, blob: 16 } as const;
const HEADERS_TIMEOUT = 60_000;

/**
 * HTTP/1.1 over undici pools, one per origin and lane. It follows no redirect, retries nothing and decodes nothing: the
 * layers above do that, by their own rules. One transport belongs to one side of a relocation, so that an upload never
 * waits for the connection that its own download holds.
 */
export class HttpTransport {
  readonly #pools = new Map<string, Pool>();
  readonly #settings: ConnectionSettings;
  /** Origins that have answered: what fails with them later may pass. */
  readonly #known = new Set<string>();
  readonly #connector: Connector;

  /** @param lookup how names become addresses; the system's way by default */
  constructor(settings: ConnectionSettings, lookup?: LookupFunction) {
    this.#settings = settings;
    this.#connector = new Connector(settings, new AddressGuard(lookup));
  }

  /** @throws an AirgapError that names host, step and cause, or an AbortError */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method } = request;
    const step = describe(method, url);
    const at = { host: url.host, registry: request.registry ?? url.host, step };
    try {
      // TLS goes through a proxy in a tunnel; plain http is handed to it (RFC 9112, 3.2.2).
      const forward = url.protocol === 'http:' ? proxyFor(url, this.#settings.proxy) : undefined;
      const response = await this.#pool(request, forward).request({
        path: `${forward === undefined ? '' : url.origin}${url.pathname}${url.search}`,
        method,
        headers: {
          'accept-encoding': 'identity',
          'user-agent': 'carvel-airgap',
          ...request.headers,
          ...(forward === undefined ? {} : forwardHeaders(url, forward)),
        },
        body: request.body ?? null,
        signal: request.signal,
        // undici would close the connection after a HEAD, for servers that send a body with it. At a distance that is one
        // round trip for each manifest; a body that comes all the same makes the next answer unreadable, which is an error.
        ...(method === 'HEAD' ? { reset: false } : {}),
        headersTimeout: (this.#settings.responseHeaderTimeout ?? HEADERS_TIMEOUT) + (request.extraTime ?? 0),
      });
      if (forward !== undefined && response.statusCode === 407) {
        await new ResponseBody(response.body, at).discard();
        throw proxyStatusError(407, forward, url.host, step);
      }
      this.#known.add(url.origin);
      return {
        status: response.statusCode,
        header: (name) => {
          const value = response.headers[name.toLowerCase()];
          return Array.isArray(value) ? value.join(', ') : value;
        },
        body: new ResponseBody(response.body, at),
      };
    } catch (error) {
      throw networkError(error, at, this.#known.has(url.origin));
    }
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #pool({ url, registry, lane }: HttpRequest, forward: Proxy | undefined): Pool {
    const key = `${lane} ${forward === undefined ? url.origin : forward.url.origin} ${registry ?? ''}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new Pool(forward?.url.origin ?? url.origin, {
        connections: CONNECTIONS[lane],
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: 30_000,
        bodyTimeout: this.#settings.stallTimeout ?? STALL_TIMEOUT,
        connect: this.#connector.to(url, { registry, forward }),
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

function forwardHeaders(url: URL, { authorization }: Proxy): Record<string, string> {
  return { host: url.host, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) };
}

/** A request in words, without its query: that may hold a signature or a session. */
export function describe(method: string, url: URL): string {
  return `${method} ${url.origin}${url.pathname}`;
}
