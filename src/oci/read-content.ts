import { readContent as readDecoded } from '../net/http/content-coding.ts';
import { BodyTooLargeError, readBody } from '../net/http/read-body.ts';
import type { HttpResponse } from '../net/http/message.ts';
import { ociError } from './errors.ts';

/**
 * Reads the content of a response, decoded.
 * @param limit bytes
 * @param what name of the content, for the error
 * @param isExpected whether bytes are the expected content, which means that they are not encoded despite the header
 * @throws oci.too-large
 */
export function readContent(
  response: HttpResponse,
  limit: number,
  what: string,
  host: string,
  isExpected?: (bytes: Buffer) => boolean,
): Promise<Buffer> {
  return named(readDecoded(response, limit, isExpected), { what, host, limit });
}

/** Reads bytes without decoding them. @throws oci.too-large */
export function readBytes(body: AsyncIterable<Uint8Array>, limit: number, what: string, host: string): Promise<Buffer> {
  return named(readBody(body, limit), { what, host, limit });
}

async function named(reading: Promise<Buffer>, args: { what: string; host: string; limit: number }): Promise<Buffer> {
  try {
    return await reading;
  } catch (error) {
    throw error instanceof BodyTooLargeError ? ociError('too-large', args, error.cause) : error;
  }
}
