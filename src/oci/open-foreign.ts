import { AirgapError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { ociError } from './errors.ts';
import { contentCoding } from '../net/http/content-coding.ts';
import { describe } from '../net/http/message.ts';
import type { HttpResponse } from '../net/http/message.ts';
import type { RegistryTransport } from './registry-transport.ts';
import type { Descriptor } from './manifest.ts';
import { refusalReason } from './open-blob.ts';
import type { BlobStream, OpenBlobOptions } from './open-blob.ts';
import { MAX_REDIRECTS, REDIRECTS } from './registry-connection.ts';
import type { RegistryConnection } from './registry-connection.ts';
import { rangeInvalid, ResumingBody } from './resuming-body.ts';
import type { BlobPart, OpenPart } from './resuming-body.ts';
import { isTransient } from './retry.ts';

/** A limit, because a manifest is untrusted and must not make this machine contact any number of servers. */
const MAX_URLS = 8;

/**
 * Opens a layer that its registry does not deliver at one of the URLs in its descriptor (image-spec, descriptor.md),
 * such as a Windows base layer. The first URL that delivers it wins, and the others take over when its connection
 * breaks. No credentials are ever sent to these URLs, plain http is used only for a registry that itself speaks plain
 * http, and their addresses are subject to the address guard. The reader verifies size and digest.
 * @param connection the registry whose manifest names the URLs
 * @param refusal why the registry itself does not deliver the layer
 * @throws oci.layer-unavailable, with the reason for each URL
 */
export async function openForeign(
  transport: RegistryTransport,
  connection: RegistryConnection,
  { digest, size, urls = [] }: Pick<Descriptor, 'digest' | 'size' | 'urls'>,
  refusal: Error,
  options: OpenBlobOptions,
): Promise<BlobStream> {
  const { host: registry, attempts } = connection;
  const { lane, zeroCopy = false, signal, offset = 0, onRetry = connection.onRetry, onRead } = options;
  const allowsHttp = (await connection.endpoint(signal)).origin.protocol === 'http:';
  let where = '';

  const get = async (url: URL, first: number): Promise<HttpResponse> => {
    const headers = first > 0 ? { range: `bytes=${first}-` } : {};
    let target = url;
    for (let hops = 0; ; hops++) {
      const refused = whyNotAllowed(target, allowsHttp && url.protocol === 'http:');
      if (refused !== undefined) throw new Unusable(target, refused);
      const response = await transport.send({ method: 'GET', url: target, registry, headers, lane, zeroCopy, signal });
      const location = response.header('location');
      if (!REDIRECTS.has(response.status) || location === undefined) return response;
      await response.body.discard();
      if (hops >= MAX_REDIRECTS || !URL.canParse(location, target.href)) {
        throw new Unusable(target, 'its redirects lead nowhere');
      }
      target = new URL(location, target);
    }
  };

  const openOne = async (url: URL, position: number, isWhole: boolean): Promise<BlobPart> => {
    const first = isWhole ? 0 : position;
    const response = await get(url, first);
    const step = describe('GET', url);
    const reason = whyUnusable(response, first, size);
    if (reason === undefined) {
      where = step;
      return { body: response.body, first: response.status === 206 ? first : 0 };
    }
    await response.body.discard();
    throw first > 0 ? rangeInvalid(url.host, step, reason) : new Unusable(url, reason);
  };

  const open: OpenPart = async (position, isWhole) => {
    const tried = [refusal.message];
    let transient: AirgapError | undefined;
    let isOtherPart = false;
    for (const text of urls.slice(0, MAX_URLS)) {
      if (!URL.canParse(text)) {
        tried.push(`'${printable(text, 100)}' is not a URL`);
        continue;
      }
      try {
        return await openOne(new URL(text), position, isWhole);
      } catch (error) {
        if (!(error instanceof AirgapError || error instanceof Unusable)) throw error;
        if (isTransient(error)) transient ??= error;
        isOtherPart ||= error instanceof AirgapError && error.code === 'oci.range-invalid';
        tried.push(error.message);
      }
    }
    if (isOtherPart && !isWhole) throw rangeInvalid(registry, digest, 'none of the URLs sent a part');
    throw transient ?? ociError('layer-unavailable', { host: registry, digest, tried: tried.join('; ') }, refusal);
  };

  const body = await ResumingBody.open(open, { signal, attempts, onRetry, onRead, offset, size });
  return { body, where };
}

function whyNotAllowed({ protocol, username, password }: URL, allowsHttp: boolean): string | undefined {
  if (protocol !== 'https:' && !(protocol === 'http:' && allowsHttp)) return 'only https is used';
  return username === '' && password === '' ? undefined : 'it contains a user name or password';
}

/** Why a response is not the layer, such as a page that a proxy or a portal sends instead of it. */
function whyUnusable(response: HttpResponse, first: number, size: number): string | undefined {
  if (![200, 206, 416].includes(response.status)) return `unexpected status code ${response.status}`;
  const length = Number(response.header('content-length') ?? size);
  if (response.status === 200 && length !== size) return `it has ${length} bytes, the layer has ${size}`;
  if (response.header('content-type')?.startsWith('text/html') === true) return 'it is a page in HTML';
  const coding = contentCoding(response);
  // A store that keeps the Content-Encoding of the upload sends the layer itself, which the length shows.
  if (coding !== undefined && (response.status !== 200 || response.header('content-length') !== String(size)))
    return `the layer is encoded as ${coding}`;
  return refusalReason(response, first, size);
}

/** Why one URL does not deliver the layer; the reasons of all URLs are collected in oci.layer-unavailable. */
class Unusable extends Error {
  constructor(url: URL, reason: string) {
    super(`${describe('GET', url)}: ${reason}`);
  }
}
