import { Readable } from 'node:stream';
import { Pool } from 'undici';

import { isChunkedOnly } from '../wire/response-head.ts';
import { invalid } from '../wire/http-protocol-error.ts';
import type { Connector } from './connector.ts';
import { ResponseBody } from './response-body.ts';
import { wayOf } from './sender.ts';
import type { Outgoing, Sender } from './sender.ts';
import type { HttpResponse } from './transport.ts';

/** Of all lines together, as on connections of our own; bytes. */
const HEADER_LIMIT = 64 * 1024;

/** undici's pools, one per origin: for the many small requests. */
export class UndiciSender implements Sender {
  readonly #pools = new Map<string, Pool>();
  readonly #connector: Connector;
  readonly #connections: number;

  constructor(connector: Connector, connections: number) {
    this.#connector = connector;
    this.#connections = connections;
  }

  async send(request: Outgoing): Promise<HttpResponse> {
    const { method, target, headers, signal, headTimeout, fail } = request;
    const body = bodyOf(request);
    const since = performance.now();
    try {
      const response = await this.#pool(request).request({
        path: target,
        method,
        headers,
        body,
        signal,
        // undici would close the connection after a HEAD, for servers that send a body with it. At a distance that is one
        // round trip for each manifest; a body that comes all the same makes the next answer unreadable, which is an error.
        ...(method === 'HEAD' ? { reset: false } : {}),
        headersTimeout: headTimeout,
        // undici would begin to wait anew with each answer that only announces one.
        onInfo: () => {
          if (performance.now() - since > headTimeout) throw tooLate(headTimeout);
        },
      });
      const header = (name: string) => {
        const value = response.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : value;
      };
      const coding = header('transfer-encoding');
      if (coding !== undefined && !isChunkedOnly(coding)) {
        // undici would hand out the body as it is encoded.
        response.body.on('error', () => undefined).destroy();
        throw invalid(`its body has the transfer coding ${coding.slice(0, 40)}`);
      }
      return { status: response.statusCode, header, body: new ResponseBody(response.body, fail) };
    } finally {
      if (body instanceof Readable) body.destroy();
    }
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #pool(outgoing: Outgoing): Pool {
    const { url, registry, forward, bodyTimeout } = outgoing;
    const key = wayOf(outgoing);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new Pool(forward?.url.origin ?? url.origin, {
        connections: this.#connections,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: 30_000,
        bodyTimeout,
        maxHeaderSize: HEADER_LIMIT,
        connect: this.#connector.to(url, { registry, forward }),
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

function tooLate(limit: number): Error {
  const error = new Error(`no response for ${limit / 1000} s`);
  return Object.assign(error, { code: 'UND_ERR_HEADERS_TIMEOUT' });
}

/** Whether undici closed the connection because of a "100 Continue" that it had not asked for. */
export function isInterimRefused(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && error.code === 'UND_ERR_SOCKET' && error.message === 'bad response'
  );
}

function bodyOf({ body }: Outgoing): Uint8Array | Readable | null {
  if (body === undefined || body instanceof Uint8Array) return body ?? null;
  return Readable.from(body, { objectMode: false });
}
