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
import { ociError } from '../../oci/errors.ts';
import { readBody } from './read-body.ts';
import { ResponseBody } from './response-body.ts';
import type { HttpBody } from './response-body.ts';
import type { HttpResponse } from './transport.ts';

interface Coding {
  readonly decode: (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer;
  readonly stream: () => ReturnType<typeof createGunzip | typeof createBrotliDecompress>;
}

const GZIP: Coding = { decode: gunzipSync, stream: createGunzip };
/** RFC 9110, 8.4.1. None of them is asked for, but a server may use one all the same. */
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: GZIP,
  'x-gzip': GZIP,
  deflate: { decode: inflateSync, stream: createInflate },
  br: { decode: brotliDecompressSync, stream: createBrotliDecompress },
};

/** What a body is encoded as, in the server's words; undefined where it is not. */
export function contentCoding(response: Pick<HttpResponse, 'header'>): string | undefined {
  const coding = response.header('content-encoding')?.trim().toLowerCase();
  return coding === undefined || coding === '' || coding === 'identity' ? undefined : coding;
}

/** A body that can be decoded while it is read; undefined where the coding is not known. */
export function decoded(body: HttpBody, coding: string, fail: (reason: string) => Error): HttpBody | undefined {
  const decoder = codingOf(coding)?.stream();
  if (decoder === undefined) return undefined;
  const source = Readable.from(copied(body));
  source.on('error', (error) => decoder.destroy(error));
  decoder.on('close', () => source.destroy());
  source.pipe(decoder);
  return new ResponseBody(decoder, (error) =>
    error instanceof AirgapError ? error : fail(error instanceof Error ? error.message : String(error)),
  );
}

/**
 * Reads a body and undoes its coding.
 * @param limit bytes, before and after
 * @param isRight whether bytes are what is wanted: then they are not encoded, whatever the header says
 * @throws oci.too-large
 */
export async function readContent(
  response: HttpResponse,
  limit: number,
  what: string,
  host: string,
  isRight: (bytes: Buffer) => boolean = () => false,
): Promise<Buffer> {
  const bytes = await readBody(response.body, limit, what, host);
  try {
    return isRight(bytes) ? bytes : decodeContent(response, bytes, limit);
  } catch (error) {
    throw ociError('too-large', { what, host, limit }, error);
  }
}

/**
 * The bytes of a whole body without its coding; as they are where it has none, or another one than it says.
 * @throws RangeError where that is more than `limit` bytes
 */
export function decodeContent(response: HttpResponse, bytes: Buffer, limit: number): Buffer {
  const coding = contentCoding(response);
  try {
    return (coding === undefined ? undefined : codingOf(coding)?.decode(bytes, { maxOutputLength: limit })) ?? bytes;
  } catch (error) {
    if (error instanceof RangeError) throw error;
    // Some stores keep the header with which something was uploaded, whatever they send.
    return bytes;
  }
}

function codingOf(name: string): Coding | undefined {
  return Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
}

/** A body may lend its pieces, which does not suit a stream that reads ahead. */
async function* copied(body: HttpBody): AsyncGenerator<Buffer> {
  for await (const piece of body) yield Buffer.from(piece);
}
