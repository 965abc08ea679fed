import type { HttpResponse } from './http/transport.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import { retry } from './retry.ts';

/** Sends a request that may be sent twice without harm, and again after transient errors. */
export function sendAgain(connection: RegistryConnection, request: RegistryRequest): Promise<HttpResponse> {
  const { attempts, onRetry } = connection;
  return retry({ signal: request.signal, attempts, onRetry }, async () => {
    const response = await connection.send(request);
    const isPassing = response.status === 429 || response.status === 408 || response.status >= 500;
    if (isPassing) throw await connection.error(response, request);
    return response;
  });
}
