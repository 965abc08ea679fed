import type { RegistryConnection, RegistryRequest, RegistryResponse } from './registry-connection.ts';
import { retry } from './retry.ts';

/** Sends a request that may be sent twice without harm, and again after transient errors. */
export function sendAgain(connection: RegistryConnection, request: RegistryRequest): Promise<RegistryResponse> {
  const { attempts, onRetry } = connection;
  return retry({ signal: request.signal, attempts, onRetry }, async () => {
    const response = await connection.send(request);
    const isPassing = [408, 425, 429].includes(response.status) || response.status >= 500;
    if (isPassing) throw await connection.error(response, request);
    return response;
  });
}
