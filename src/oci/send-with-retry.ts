import type { RegistryConnection, RegistryRequest, RegistryResponse } from './registry-connection.ts';
import { retry } from './retry.ts';

/** Sends an idempotent request and repeats it after transient errors. */
export function sendWithRetry(connection: RegistryConnection, request: RegistryRequest): Promise<RegistryResponse> {
  const { attempts, onRetry } = connection;
  return retry({ signal: request.signal, attempts, onRetry }, async () => {
    const response = await connection.send(request);
    const isTemporary = [408, 425, 429].includes(response.status) || response.status >= 500;
    if (isTemporary) throw await connection.error(response, request);
    return response;
  });
}
