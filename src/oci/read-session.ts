import { ociError } from './errors.ts';
import { describe } from '../net/http/message.ts';
import type { HttpResponse } from '../net/http/message.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import type { UploadSession } from './upload-session.ts';

/**
 * The session of an upload, as the registry's answer names it. Discards the answer's body.
 * @param known where the upload was so far, which is where it stays if the answer does not say
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
