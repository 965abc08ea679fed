import type { Readable } from 'node:stream';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { Pool } from 'undici';

import type { ConnectionSettings } from '../connection-settings.ts';
import { STALL_TIMEOUT } from '../stall-watch.ts';
import { networkError } from './network-errors.ts';

/** Small requests must never wait behind blob bodies: each kind has connections of its own. */
export type Lane = 'small' | 'blob';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
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

/** Must be read to its end, or given up by `discard`. */
export interface HttpBody extends AsyncIterable<Uint8Array> {
  discard(): Promise<void>;
}

const CONNECTIONS = { small: 32, blob: 16 } as const;
const CONNECT_TIMEOUT = 30_000;
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
  #secureContext: SecureContext | undefined;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** @throws an AirgapError that names host, step and cause, or an AbortError */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, method } = request;
    const step = describe(method, url);
    try {
      const response = await this.#pool(url, request.lane).request({
        path: url.pathname + url.search,
        method,
        headers: { 'accept-encoding': 'identity', 'user-agent': 'carvel-airgap', ...request.headers },
        body: request.body ?? null,
        signal: request.signal,
        // undici would close the connection after a HEAD, for servers that send a body with it. At a distance that is one
        // round trip for each manifest; a body that comes all the same makes the next answer unreadable, which is an error.
        ...(method === 'HEAD' ? { reset: false } : {}),
        headersTimeout: (this.#settings.responseHeaderTimeout ?? HEADERS_TIMEOUT) + (request.extraTime ?? 0),
      });
      this.#known.add(url.origin);
      return {
        status: response.statusCode,
        header: (name) => {
          const value = response.headers[name.toLowerCase()];
          return Array.isArray(value) ? value.join(', ') : value;
        },
        body: new ResponseBody(response.body, url.host, step),
      };
    } catch (error) {
      throw networkError(error, url.host, step, this.#known.has(url.origin));
    }
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  /** Reading hundreds of certificates takes a moment: once, and not before it is needed. */
  #tls(): { secureContext: SecureContext; rejectUnauthorized: boolean } {
    const { caCertificates = [], verifyCertificates = true } = this.#settings;
    this.#secureContext ??= createSecureContext({
      ca: [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...caCertificates])],
    });
    return { secureContext: this.#secureContext, rejectUnauthorized: verifyCertificates };
  }

  #pool(url: URL, lane: Lane): Pool {
    const key = `${lane} ${url.origin}`;
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new Pool(url.origin, {
        connections: CONNECTIONS[lane],
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: 30_000,
        bodyTimeout: this.#settings.stallTimeout ?? STALL_TIMEOUT,
        connect: { timeout: CONNECT_TIMEOUT, ...(url.protocol === 'https:' ? this.#tls() : {}) },
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

/** A request in words, without its query: that may hold a signature or a session. */
export function describe(method: string, url: URL): string {
  return `${method} ${url.origin}${url.pathname}`;
}

class ResponseBody implements HttpBody {
  readonly #body: Readable;
  readonly #host: string;
  readonly #step: string;

  constructor(body: Readable, host: string, step: string) {
    this.#body = body;
    this.#host = host;
    this.#step = step;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#body) yield chunk as Uint8Array;
    } catch (error) {
      throw networkError(error, this.#host, this.#step);
    } finally {
      this.#body.destroy();
    }
  }

  async discard(): Promise<void> {
    // A short rest is read, so that the connection can be used again; a long one is cut.
    try {
      let bytes = 0;
      for await (const chunk of this.#body) {
        bytes += (chunk as Uint8Array).byteLength;
        if (bytes > 64 * 1024) break;
      }
    } catch {
      // Nobody wants this body: how it ends does not matter.
    } finally {
      this.#body.destroy();
    }
  }
}
