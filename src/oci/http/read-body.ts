import { ociError } from '../errors.ts';

/**
 * Reads a body whole, counting as it comes: the server's Content-Length is not believed.
 * @param limit bytes
 * @throws oci.too-large
 */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  what: string,
  host: string,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > limit) throw ociError('too-large', { what, host, limit });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
