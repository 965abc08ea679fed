import { channel } from 'node:diagnostics_channel';

/** An HTTP request that received a response or failed. Contains nothing of its headers, its body or its query. */
export interface ObservedRequest {
  readonly method: string;
  /** Origin and path. */
  readonly url: string;
  /** Undefined if no response came. */
  readonly status?: number;
  /** From the request's creation to the header of its response. */
  readonly milliseconds: number;
}

/** The channel on which senders other than undici publish each ObservedRequest. */
export const WIRE_REQUESTS = 'carvel-airgap:request';

interface Message {
  readonly request: { readonly method: string; readonly origin: string | URL; readonly path: string };
  readonly response?: { readonly statusCode: number };
}

/** A plain http request to a proxy has the complete URL in place of the path. */
function urlOf({ origin, path }: Message['request']): string {
  const plain = path.replace(/[?#].*$/s, '');
  return plain.startsWith('/') ? `${new URL(origin).origin}${plain}` : plain;
}

/**
 * Observes every request of this process through diagnostics channels, undici's and our own, which cost nothing without a listener.
 * @returns a function that ends the observation
 */
export function observeRequests(onRequest: (request: ObservedRequest) => void): () => void {
  const started = new WeakMap<object, number>();
  const report = ({ request, response }: Message): void => {
    const since = started.get(request);
    if (since === undefined) return;
    started.delete(request);
    onRequest({
      method: request.method,
      url: urlOf(request),
      ...(response === undefined ? {} : { status: response.statusCode }),
      milliseconds: Math.round(performance.now() - since),
    });
  };
  const listeners: [name: string, listener: (message: unknown) => void][] = [
    ['undici:request:create', (message) => started.set((message as Message).request, performance.now())],
    ['undici:request:headers', (message) => report(message as Message)],
    ['undici:request:error', (message) => report({ request: (message as Message).request })],
    [WIRE_REQUESTS, (message) => onRequest(message as ObservedRequest)],
  ];
  for (const [name, listener] of listeners) channel(name).subscribe(listener);
  return () => {
    for (const [name, listener] of listeners) channel(name).unsubscribe(listener);
  };
}
