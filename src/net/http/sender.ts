import type { WireRequest } from '../wire/wire-connection.ts';
import type { HttpResponse } from './transport.ts';
import type { Proxy } from './proxy-rules.ts';

/** A request as it goes out, its way decided. */
export interface Outgoing extends WireRequest {
  readonly url: URL;
  readonly registry: string | undefined;
  /** The proxy that plain http is handed to. */
  readonly forward: Proxy | undefined;
  /** See `HttpRequest`. */
  readonly lends: boolean;
  /** What a failure to read the answer's body is. */
  readonly fail: (error: unknown) => Error;
}

/**
 * What connections are shared by. Whether a registry may lead to a server is made sure of when a connection to it is made,
 * so that through a proxy, too, none is shared between servers.
 */
export function wayOf({ url, registry, forward }: Outgoing): string {
  return `${forward?.url.origin ?? ''} ${url.origin} ${registry ?? ''}`;
}

/** Sends requests over connections of its own. */
export interface Sender {
  /** @throws whatever the connection fails of, unmapped */
  send(request: Outgoing): Promise<HttpResponse>;
  /** Ends all connections at once. */
  close(): Promise<void>;
}
