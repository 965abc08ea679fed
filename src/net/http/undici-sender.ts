import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Pool } from 'undici';

import { unlessAborted } from '../../base/parallel.ts';
import { isChunkedOnly } from '../wire/response-head.ts';
import { invalid } from '../wire/http-protocol-error.ts';
import type { Connector } from './connector.ts';
import { ResponseBody } from './response-body.ts';
import { poolKey } from './sender.ts';
import type { Outgoing, Sender } from './sender.ts';
import type { HttpResponse } from './message.ts';

/** For all lines together, as in our own client; bytes. */
const HEADER_LIMIT = 64 * 1024;

/** undici's pools, one per pool key: for the many small requests. */
export class UndiciSender implements Sender {
  readonly #pools = new Map<string, Pool>();
  readonly #connector: Connector;
  readonly #connections: number;
  /** Aborts when the sender is closed, and ends connections that are still being opened. */
  readonly #closing = new AbortController();

  constructor(connector: Connector, connections: number) {
    this.#connector = connector;
    this.#connections = connections;
  }

  async send(request: Outgoing): Promise<HttpResponse> {
    const { method, target, signal, headTimeout, bodyTimeout = 0, fail } = request;
    // undici's type requires arrays that can be changed.
    const headers = request.headers as Record<string, string | string[]>;
    const body = bodyOf(request);
    const since = performance.now();
    try {
      const pool = this.#pool(request);
      // A connection whose response has just ended is free only after this turn of the event loop. Opening another one
      // would cost a round trip.
      const { connected, free } = pool.stats;
      if (connected > 0 && free === 0) await nextTurn();
      const answer = pool.request({
        path: target,
        method,
        headers,
        body,
        signal,
        // undici would close the connection after a HEAD, for servers that send a body with it. That costs a round trip for
        // each manifest; a body that comes anyway makes the next response unreadable, which is an error.
        ...(method === 'HEAD' ? { reset: false } : {}),
        headersTimeout: headTimeout,
        bodyTimeout,
        // undici would restart its timer with each interim response.
        onInfo: () => {
          if (performance.now() - since > headTimeout) throw timeoutError(headTimeout);
        },
      });
      // While it has no connection for a request, undici does not end it.
      const response = await unlessAborted(answer, signal);
      const header = (name: string) => {
        const value = response.headers[name.toLowerCase()];
        return Array.isArray(value) ? value.join(', ') : value;
      };
      const coding = header('transfer-encoding');
      if (coding !== undefined && !isChunkedOnly(coding)) {
        // undici would deliver the body still encoded.
        response.body.on('error', () => undefined).destroy();
        throw invalid(`its body has the transfer coding ${coding.slice(0, 40)}`);
      }
      return { status: response.statusCode, header, body: new ResponseBody(response.body, fail) };
    } finally {
      if (body instanceof Readable) body.destroy();
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #pool(outgoing: Outgoing): Pool {
    const { url, onBehalfOf, forward } = outgoing;
    const key = poolKey(outgoing);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new Pool(forward?.url.origin ?? url.origin, {
        connections: this.#connections,
        pipelining: 1,
        allowH2: false,
        keepAliveTimeout: 30_000,
        maxHeaderSize: HEADER_LIMIT,
        connect: this.#connector.to(url, { onBehalfOf, forward }, this.#closing.signal),
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

function timeoutError(limit: number): Error {
  const error = new Error(`no response for ${limit / 1000} s`);
  return Object.assign(error, { code: 'UND_ERR_HEADERS_TIMEOUT' });
}

/** Whether undici closed the connection because of a "100 Continue" that it had not requested. */
export function isInterimRefused(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && error.code === 'UND_ERR_SOCKET' && error.message === 'bad response'
  );
}

function bodyOf({ body }: Outgoing): Uint8Array | Readable | null {
  if (body === undefined || body instanceof Uint8Array) return body ?? null;
  return Readable.from(body, { objectMode: false });
}
