import { channel } from 'node:diagnostics_channel';

import { BufferPool } from '../wire/socket-reader.ts';
import { WirePool } from '../wire/wire-pool.ts';
import type { Connector } from './connector.ts';
import { REQUESTS } from './observe-requests.ts';
import type { ObservedRequest } from './observe-requests.ts';
import type { HttpResponse } from './message.ts';
import type { Proxy } from './proxy-rules.ts';
import type { WireRequest } from '../wire/wire-connection.ts';
import { WireAnswer } from '../wire/wire-body.ts';

const observed = channel(REQUESTS);

/** A request whose route has been decided. */
export interface Outgoing extends WireRequest {
  readonly url: URL;
  /** Of the URL. */
  readonly origin: string;
  readonly onBehalfOf: string | undefined;
  /** The proxy that a plain http request is sent to. */
  readonly forward: Proxy | undefined;
  /** See `HttpRequest`. */
  readonly zeroCopy: boolean;
  /** Makes the error for a failure to read the response's body. */
  readonly fail: (error: unknown) => Error;
}

export interface WireSenderOptions {
  /** Most connections to one server. */
  readonly connections: number;
  /** Bytes that a connection reads at once. */
  readonly bufferSize: number;
}

/** Sends requests over its own connections, with our own HTTP/1.1 client. */
export class WireSender {
  readonly #pools = new Map<string, WirePool>();
  readonly #connector: Connector;
  readonly #connections: number;
  readonly #buffers: BufferPool;

  constructor(connector: Connector, { connections, bufferSize }: WireSenderOptions) {
    this.#connector = connector;
    this.#connections = connections;
    this.#buffers = new BufferPool(bufferSize);
  }

  /** @throws the error of the connection, unchanged */
  async send(request: Outgoing): Promise<HttpResponse> {
    const since = performance.now();
    const pool = this.#pool(request);
    const { url, headers, zeroCopy, fail } = request;
    try {
      const connection = await pool.take(request.signal);
      try {
        const { head, body } = await connection.exchange({ ...request, headers: { host: url.host, ...headers } });
        report(request, since, head.status);
        return {
          status: head.status,
          header: (name) => head.fields.get(name.toLowerCase()),
          body: new WireAnswer(body, { zeroCopy, fail, release: () => pool.release(connection) }),
        };
      } catch (error) {
        pool.release(connection);
        throw error;
      }
    } catch (error) {
      report(request, since, undefined);
      throw error;
    }
  }

  /** Ends all connections at once. */
  close(): void {
    for (const pool of this.#pools.values()) pool.destroy();
    this.#pools.clear();
  }

  #pool(outgoing: Outgoing): WirePool {
    const { url, onBehalfOf, forward } = outgoing;
    const key = poolKey(outgoing);
    let pool = this.#pools.get(key);
    if (pool === undefined) {
      pool = new WirePool(
        ({ onread }, signal) => this.#connector.open(url, { onBehalfOf, forward, onread }, signal),
        this.#connections,
        this.#buffers,
      );
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

function report({ method, url }: Outgoing, since: number, status: number | undefined): void {
  if (!observed.hasSubscribers) return;
  const milliseconds = Math.round(performance.now() - since);
  const request = { method, url: `${url.origin}${url.pathname}`, milliseconds };
  observed.publish((status === undefined ? request : { ...request, status }) satisfies ObservedRequest);
}

/**
 * Requests with the same key share connections. Whether one server may lead to another is checked when a connection is
 * made, so no connection is shared between servers, not even one to a proxy.
 */
function poolKey({ origin, onBehalfOf, forward }: Outgoing): string {
  return `${forward?.url.origin ?? ''} ${origin} ${onBehalfOf ?? ''}`;
}
