import { ociError } from './errors.ts';
import { describe } from '../net/http/message.ts';
import type { HttpResponse } from '../net/http/message.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import type { UploadSession } from './upload-session.ts';

/**
 * The upload session that a response names. Discards the response's body.
 * @param known the session so far, which stays valid if the response names none
 */
export async function readSession(
  connection: RegistryConnection,
  path: string,
  response: HttpResponse,
  request: RegistryRequest,
  known?: UploadSession,
): Promise<UploadSession> {
  await response.body.discard();
  const { origin } = await connection.endpoint(request.signal);
  const base = new URL(request.target, origin);
  const location = response.header('location');
  if (location === undefined && known !== undefined) return known;
  if (location === undefined) {
    const step = describe(request.method, base);
    throw ociError('response-invalid', { host: connection.host, reason: 'the upload has no Location', step });
  }
  const least = Number(response.header('oci-chunk-min-length') ?? 0);
  const leastChunk = Number.isSafeInteger(least) && least > 0 ? least : 0;
  return { path, location: connection.resolve(location, origin, base), leastChunk };
}
