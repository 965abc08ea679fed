import { ociError } from './errors.ts';
import { describe } from '../net/http/message.ts';
import type { HttpResponse } from '../net/http/message.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';

/** An upload session. `location` is always the latest one from the registry. */
export interface UploadSession {
  readonly path: string;
  readonly location: URL;
  /** Minimum size of each chunk but the last; 0 if the registry states none. Bytes. */
  readonly leastChunk: number;
}

/** The progress of an upload. */
export interface UploadState {
  readonly session: UploadSession;
  /** Bytes that the registry has; undefined if it does not say. */
  readonly uploaded: number | undefined;
}

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
