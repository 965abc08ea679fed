import type { NetworkError } from '../network-error.ts';
import type { RequestHeaders } from '../wire/wire-connection.ts';
import type { HttpBody } from './response-body.ts';

/** Small requests must never wait for blob bodies: each kind has its own connections. */
export type Lane = 'small' | 'blob';

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  /** host[:port] of the server on whose behalf it is sent: the URL may be that of another server it leads to. */
  readonly onBehalfOf?: string;
  /** Several values of one name are sent as several lines. */
  readonly headers: RequestHeaders;
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  readonly lane: Lane;
  /** Each piece of the response's body is only valid until the next one is requested: that saves a copy. */
  readonly zeroCopy?: boolean;
  readonly signal: AbortSignal;
  /** The response's body may pause for as long as the server likes; a dead connection is found by TCP keep-alive. */
  readonly mayPause?: boolean;
  /** Milliseconds that the response's header may take beyond the usual time. */
  readonly extraTime?: number;
  /**
   * Converts the errors of this request, and of reading its response, into the caller's own; without it they are
   * unchanged.
   */
  readonly toError?: (error: NetworkError) => Error;
}

export interface HttpResponse {
  readonly status: number;
  /** A header's value; several of one name joined by ", ". */
  header(name: string): string | undefined;
  readonly body: HttpBody;
}

/** A request in words, without its query, which may contain a signature or a session. */
export function describe(method: string, url: URL): string {
  return `${method} ${url.origin}${url.pathname}`;
}
