import { parseContentRange } from './content-range.ts';
import { ociError } from './errors.ts';
import { contentCoding, decoded } from '../net/http/content-coding.ts';
import type { HttpBody } from '../net/http/response-body.ts';
import { describe } from '../net/http/message.ts';
import type { HttpResponse, Lane } from '../net/http/message.ts';
import type { Descriptor } from './manifest.ts';
import type { RegistryConnection, RegistryRequest } from './registry-connection.ts';
import { rangeInvalid, ResumingBody } from './resuming-body.ts';
import type { OpenPart } from './resuming-body.ts';
import type { RetryListener } from './retry.ts';

/** What identifies a blob. */
export type BlobIdentity = Pick<Descriptor, 'digest' | 'size'>;

export type { Lane } from '../net/http/message.ts';

export interface OpenBlobOptions {
  readonly lane: Lane;
  /** Each piece is only valid until the reader requests the next one: that saves a copy. */
  readonly zeroCopy?: boolean;
  readonly signal: AbortSignal;
  /** Position of the first byte to read; by default the start of the blob. */
  readonly offset?: number;
  readonly onRetry?: RetryListener | undefined;
  /** Called with the number of bytes of each piece that arrives, also of those that are read again. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

export interface BlobStream {
  readonly body: AsyncIterable<Uint8Array>;
  /** Where the content comes from, for messages. */
  readonly where: string;
}

/**
 * Opens a blob to be read from `offset` to its end, over as many connections as necessary; the reader verifies size and
 * digest.
 */
export async function openBlob(
  connection: RegistryConnection,
  path: string,
  { digest, size }: BlobIdentity,
  options: OpenBlobOptions,
): Promise<BlobStream> {
  const { host, attempts } = connection;
  const { lane, zeroCopy = false, signal, offset = 0, onRetry = connection.onRetry, onRead } = options;
  const access = { repository: path, actions: 'pull' as const };
  const target = `/v2/${path}/blobs/${digest}`;
  const request: RegistryRequest = { method: 'GET', target, access, lane, zeroCopy, signal };
  const { origin } = await connection.endpoint(signal);
  const where = describe('GET', new URL(request.target, origin));
  const open: OpenPart = async (position, isWhole) => {
    const first = isWhole ? 0 : position;
    const response = await connection.send({ ...request, headers: first > 0 ? { range: `bytes=${first}-` } : {} });
    if (![200, 206, 416].includes(response.status)) throw await connection.error(response, request);
    const invalid = (reason: string) => ociError('response-invalid', { host, reason, step: where });
    const refused = refusalReason(response, first, size);
    const body = refused === undefined ? readable(response, size, invalid) : undefined;
    if (body !== undefined) return { body, first: response.status === 206 ? first : 0 };
    await response.body.discard();
    const reason = refused ?? `the blob is encoded as ${contentCoding(response) ?? ''}`;
    throw first > 0 ? rangeInvalid(host, where, reason) : invalid(reason);
  };
  return { body: await ResumingBody.open(open, { signal, attempts, onRetry, onRead, offset, size }), where };
}

/** Why a response's body is not the blob from `first` to its end; undefined if it is, or if it is the complete blob. */
export function refusalReason(response: HttpResponse, first: number, size: number): string | undefined {
  if (response.status === 200) return undefined;
  if (response.status === 416) return 'it rejected the range (416)';
  const text = response.header('content-range');
  const range = parseContentRange(text);
  if (range?.first === first && range.last === size - 1 && (range.complete ?? size) === size) return undefined;
  return `it sent "${text ?? ''}" for what begins at ${first} of ${size} bytes`;
}

/**
 * The content of a response; undefined if its content coding is unknown, or if it is a part of encoded content. Stores
 * may keep the Content-Encoding with which a layer was uploaded: then the length shows that the body is not encoded.
 */
export function readable(
  response: HttpResponse,
  size: number,
  invalid: (reason: string) => Error,
): HttpBody | undefined {
  const coding = contentCoding(response);
  const isPart = response.status === 206;
  const length = isPart
    ? parseContentRange(response.header('content-range'))?.complete
    : Number(response.header('content-length') ?? Number.NaN);
  if (coding === undefined || length === size) return response.body;
  if (isPart) return undefined;
  return decoded(response.body, coding, (reason) =>
    invalid(`the blob is encoded as ${coding}, but cannot be decoded: ${reason}`),
  );
}
