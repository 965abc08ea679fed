import { channel } from 'node:diagnostics_channel';

/** An HTTP request that has been answered or has failed. Nothing of its headers, its body or its query. */
export interface ObservedRequest {
  readonly method: string;
  /** Origin and path. */
  readonly url: string;
  /** Undefined where no answer came. */
  readonly status?: number;
  /** From the request's creation to the header of its answer. */
  readonly milliseconds: number;
}

/** Where the senders that are not undici publish an ObservedRequest each. */
export const WIRE_REQUESTS = 'carvel-airgap:request';

interface Message {
  readonly request: { readonly method: string; readonly origin: string | URL; readonly path: string };
  readonly response?: { readonly statusCode: number };
}

/** Plain http that is handed to a proxy has the whole URL in the place of the path. */
function addressOf({ origin, path }: Message['request']): string {
  const plain = path.replace(/[?#].*$/s, '');
  return plain.startsWith('/') ? `${new URL(origin).origin}${plain}` : plain;
}

/**
 * Sees every request of this process, by diagnostics channels, undici's and our own: they cost nothing while nobody listens.
 * @returns a function that ends the observation
 */
export function observeRequests(onRequest: (request: ObservedRequest) => void): () => void {
  const started = new WeakMap<object, number>();
  const tell = ({ request, response }: Message): void => {
    const since = started.get(request);
    if (since === undefined) return;
    started.delete(request);
    onRequest({
      method: request.method,
      url: addressOf(request),
      ...(response === undefined ? {} : { status: response.statusCode }),
      milliseconds: Math.round(performance.now() - since),
    });
  };
  const listeners: [name: string, listener: (message: unknown) => void][] = [
    ['undici:request:create', (message) => started.set((message as Message).request, performance.now())],
    ['undici:request:headers', (message) => tell(message as Message)],
    ['undici:request:error', (message) => tell({ request: (message as Message).request })],
    [WIRE_REQUESTS, (message) => onRequest(message as ObservedRequest)],
  ];
  for (const [name, listener] of listeners) channel(name).subscribe(listener);
  return () => {
    for (const [name, listener] of listeners) channel(name).unsubscribe(listener);
  };
}
