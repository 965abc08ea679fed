import type { WireRequest } from '../wire/wire-connection.ts';
import type { Proxy } from './proxy-rules.ts';

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

/**
 * Requests with the same key share connections. Whether one server may lead to another is checked when a connection is
 * made, so no connection is shared between servers, not even one to a proxy.
 */
export function poolKey({ origin, onBehalfOf, forward }: Outgoing): string {
  return `${forward?.url.origin ?? ''} ${origin} ${onBehalfOf ?? ''}`;
}
