import { AirgapError } from '../base/errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { ociError } from './errors.ts';
import type { HttpResponse } from '../net/http/message.ts';
import type { RegistryTransport } from './registry-transport.ts';
import { readStart } from '../net/http/read-body.ts';
import { describe } from '../net/http/message.ts';
import { addressOf } from './reference.ts';

/** The address at which a registry responds, and the authentication that it requires. */
export interface Endpoint {
  /** https://host[:port] or http://… */
  readonly origin: URL;
  /** The WWW-Authenticate header of its response to GET /v2/. */
  readonly challenge: string | undefined;
}

const START_LIMIT = 4096;
const MAX_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** What Go's and nginx's servers respond to plain http on an https port. */
const REQUIRES_TLS = /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Determines the protocol of a registry by one GET /v2/ (distribution-spec, "Determining Support"). Plain http is used
 * if the user configured it, on loopback, and with `allowHttp` if the server does not speak TLS at all. A certificate
 * that is not valid never leads to http.
 */
export async function findEndpoint(
  host: string,
  settings: ConnectionSettings,
  transport: RegistryTransport,
  signal: AbortSignal,
): Promise<Endpoint> {
  const address = addressOf(host);
  const http = () => ping(host, new URL(`http://${address}`), transport, signal);
  const https = () => ping(host, new URL(`https://${address}`), transport, signal);
  const own = settings.registries?.find((registry) => registry.host === host);
  if (own?.plainHttp === true) return http();
  // Loopback traffic cannot be intercepted, and most registries there have no certificate.
  if (isLoopback(host)) return firstSupported(http, https, isNoHttp);
  return settings.allowHttp === true ? firstSupported(https, http, isNoTls) : https();
}

async function firstSupported(
  first: () => Promise<Endpoint>,
  second: () => Promise<Endpoint>,
  isOtherProtocol: (error: unknown) => boolean,
): Promise<Endpoint> {
  try {
    return await first();
  } catch (error) {
    if (!isOtherProtocol(error)) throw error;
    return await second().catch((other: unknown) => {
      throw isNoTls(other) ? error : other;
    });
  }
}

function isNoTls(error: unknown): boolean {
  return error instanceof AirgapError && ['oci.not-https', 'oci.connection-lost'].includes(error.code);
}

/** How a TLS server responds to plain http: with an error 400, something unreadable, or not at all. */
function isNoHttp(error: unknown): boolean {
  const signs = ['oci.not-http', 'oci.not-a-registry', 'oci.response-invalid', 'oci.connection-lost'];
  return error instanceof AirgapError && signs.includes(error.code);
}

async function ping(
  registry: string,
  origin: URL,
  transport: RegistryTransport,
  signal: AbortSignal,
): Promise<Endpoint> {
  let url = new URL('/v2/', origin);
  for (let hops = 0; ; hops++) {
    const response = await transport.send({ method: 'GET', url, registry, headers: {}, lane: 'small', signal });
    const start = (await readStart(response.body, START_LIMIT)).toString('latin1');
    const { status } = response;
    if (status === 200 || status === 203 || status === 204) return { origin, challenge: undefined };
    if (status === 401) return { origin, challenge: response.header('www-authenticate') };
    // Some proxies forbid this request but allow requests for repositories.
    if (status === 403) return { origin, challenge: undefined };
    const args = { host: origin.host, registry, status, step: describe('GET', url) };
    const next = REDIRECTS.has(status) ? redirectOf(response, url) : undefined;
    if (next?.origin !== origin.origin || hops >= MAX_REDIRECTS) {
      const requiresTls =
        status === 400 ? REQUIRES_TLS.test(start) : next?.protocol === 'https:' && next.hostname === origin.hostname;
      throw ociError(requiresTls && origin.protocol === 'http:' ? 'not-http' : 'not-a-registry', args);
    }
    url = next;
  }
}

function redirectOf(response: HttpResponse, url: URL): URL | undefined {
  const location = response.header('location');
  return location !== undefined && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
}
