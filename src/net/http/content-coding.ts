import { Readable } from 'node:stream';
import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  gunzipSync,
  inflateSync,
} from 'node:zlib';

import { AirgapError } from '../../base/errors.ts';
import { NetworkError } from '../network-error.ts';
import { BodyTooLargeError, readBody } from './read-body.ts';
import { ResponseBody } from './response-body.ts';
import type { HttpBody } from './response-body.ts';
import type { HttpResponse } from './message.ts';

interface Coding {
  readonly decode: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;
  readonly stream: () => ReturnType<typeof createGunzip | typeof createBrotliDecompress>;
}

const GZIP: Coding = { decode: gunzipSync, stream: createGunzip };
/** RFC 9110, 8.4.1. None of them is requested, but a server may use one anyway. */
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: GZIP,
  'x-gzip': GZIP,
  deflate: { decode: inflateSync, stream: createInflate },
  br: { decode: brotliDecompressSync, stream: createBrotliDecompress },
};

/** The content coding of a body, as stated by the server; undefined if there is none. */
export function contentCoding(response: Pick<HttpResponse, 'header'>): string | undefined {
  const coding = response.header('content-encoding')?.trim().toLowerCase();
  return coding === undefined || coding === '' || coding === 'identity' ? undefined : coding;
}

/** A body that is decoded while it is read; undefined if the coding is unknown. */
export function decoded(body: HttpBody, coding: string, fail: (reason: string) => Error): HttpBody | undefined {
  const decoder = codingOf(coding)?.stream();
  if (decoder === undefined) return undefined;
  const source = Readable.from(copied(body));
  source.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => source.destroy());
  source.pipe(decoder);
  return new ResponseBody(decoder, (error) =>
    isDescribed(error) ? error : fail(error instanceof Error ? error.message : String(error)),
  );
}

/**
 * Reads a body and decodes it.
 * @param limit bytes, before and after
 * @param isExpected whether bytes are the expected content, which means that they are not encoded despite the header
 * @throws BodyTooLargeError
 */
export async function readContent(
  response: HttpResponse,
  limit: number,
  isExpected: (bytes: Buffer) => boolean = () => false,
): Promise<Buffer> {
  const bytes = await readBody(response.body, limit);
  try {
    return isExpected(bytes) ? bytes : decodeContent(response, bytes, limit);
  } catch (error) {
    throw new BodyTooLargeError('it is too large when decoded', { cause: error });
  }
}

/**
 * Decodes a complete body; returns it unchanged if it has no coding, or is not encoded as its header states.
 * @throws RangeError if the decoded body has more than `limit` bytes
 */
export function decodeContent(response: HttpResponse, bytes: Buffer, limit: number): Buffer {
  const coding = contentCoding(response);
  try {
    return (coding === undefined ? undefined : codingOf(coding)?.decode(bytes, { maxOutputLength: limit })) ?? bytes;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // Some stores keep the Content-Encoding of the upload, whatever they send.
    return bytes;
  }
}

/** An error of the body itself, as opposed to one of the decoder. */
function isDescribed(error: unknown): error is Error {
  return error instanceof AirgapError || error instanceof NetworkError;
}

function codingOf(name: string): Coding | undefined {
  return Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
}

/** A body may reuse the memory of its pieces, while a stream reads ahead: it needs copies. */
async function* copied(body: HttpBody): AsyncGenerator<Buffer> {
  for await (const piece of body) yield Buffer.from(piece);
}
