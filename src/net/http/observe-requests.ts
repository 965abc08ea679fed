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

/** The channel on which each ObservedRequest is published. */
export const REQUESTS = 'carvel-airgap:request';

/**
 * Observes every request of this process through a diagnostics channel, which costs nothing without a listener.
 * @returns a function that ends the observation
 */
export function observeRequests(onRequest: (request: ObservedRequest) => void): () => void {
  const listener = (message: unknown) => onRequest(message as ObservedRequest);
  const requests = channel(REQUESTS);
  requests.subscribe(listener);
  return () => requests.unsubscribe(listener);
}
