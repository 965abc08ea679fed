import type { AirgapError } from '../../base/errors.ts';
import type { HttpResponse } from './transport.ts';
import type { Proxy } from './proxy-rules.ts';

/** A request as it goes out, its way decided. */
export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  readonly registry: string | undefined;
  /** The proxy that plain http is handed to. */
  readonly forward: Proxy | undefined;
  /** As it stands in the first line (RFC 9112, 3.2). */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds from the request's last byte to the answer's header. */
  readonly headTimeout: number;
  /** Milliseconds that the answer may stop in its middle. */
  readonly bodyTimeout: number;
  /** See `HttpRequest`. */
  readonly lends: boolean;
  /** What a failure to read the answer's body is. */
  readonly fail: (error: unknown) => Error | AirgapError;
}

/** Sends requests over connections of its own. */
export interface Sender {
  /** @throws whatever the connection fails of, unmapped */
  send(request: Outgoing): Promise<HttpResponse>;
  /** Ends all connections at once. */
  close(): Promise<void>;
}
