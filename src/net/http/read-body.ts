import { ociError } from '../../oci/errors.ts';

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

/** As much of a body as is worth reading; the rest is given up. That it breaks off does not matter. */
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
    // The status says enough.
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
