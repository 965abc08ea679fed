import { joinPieces } from '../../base/join-pieces.ts';

/** A body is larger than the caller allows. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/**
 * Reads a body to its end and counts its bytes: the server's Content-Length is not trusted.
 * @param limit bytes
 * @throws BodyTooLargeError
 */
export async function readBody(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw new BodyTooLargeError();
    chunks.push(chunk);
  }
  return joinPieces(chunks);
}

/** The first `limit` bytes of a body; the rest is discarded. A lost connection ends it early. */
export async function readStart(body: AsyncIterable<Uint8Array>, limit: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body) {
      bytes += chunk.byteLength;
      chunks.push(chunk);
      if (bytes >= limit) break;
    }
  } catch {
    // The status of the response is enough for its reader.
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
