import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';

import { ownError } from '../network-error.ts';
import type { NetworkSettings, ServerSettings } from '../network-settings.ts';

/** How a connection to one server is secured. */
export interface Trust {
  readonly secureContext: SecureContext;
  /** DER of the certificates that are accepted without further checks. */
  readonly pinned: readonly Buffer[];
  readonly verify: boolean;
  /** The name to send and to expect, if it is not the host's. */
  readonly name?: string | undefined;
}

export interface TrustRequest {
  /** The server's settings, if it has any. */
  readonly server: ServerSettings | undefined;
  /** The server that led there, if it is another one. Only its authorities are trusted; its other settings do not apply. */
  readonly onBehalfOf: ServerSettings | undefined;
}

/**
 * The system's authorities, those given for all servers, and those of the server. Reading hundreds of certificates takes a
 * moment: the caller caches the result.
 * @throws NetworkError certificate-file
 */
export async function loadTrust(settings: NetworkSettings, { server, onBehalfOf }: TrustRequest): Promise<Trust> {
  const files = [...(server?.caFiles ?? []), ...(onBehalfOf?.caFiles ?? [])];
  const own = await Promise.all(files.map((path) => readPem(path, 'CERTIFICATE')));
  const client = server?.clientCertificate;
  const ca =
    server?.authorities === undefined
      ? [...getCACertificates('default'), ...getCACertificates('system'), ...(settings.caCertificates ?? []), ...own]
      : [server.authorities];
  return {
    secureContext: await makeContext([...new Set(ca)], client),
    pinned: (server?.trustedCertificates ?? []).flatMap(derOf),
    verify: settings.verifyCertificates !== false && server?.verifyCertificates !== false,
    name: server?.serverName,
  };
}

/** Contexts without a client certificate, by the digest of their authorities. Most servers have the same ones. */
const shared = new Map<string, SecureContext>();
const MAX_SHARED = 8;

function sharedContext(ca: string[]): SecureContext {
  const key = createHash('sha256').update(ca.join('\n')).digest('hex');
  const found = shared.get(key);
  if (found !== undefined) return found;
  const context = createSecureContext({ ca });
  if (shared.size >= MAX_SHARED) shared.clear();
  shared.set(key, context);
  return context;
}

async function makeContext(ca: string[], client: ServerSettings['clientCertificate']): Promise<SecureContext> {
  if (client === undefined) return sharedContext(ca);
  if ('certificate' in client) return createSecureContext({ ca, cert: client.certificate, key: client.key });
  const { certificateFile, keyFile } = client;
  const [cert, key] = await Promise.all([readPem(certificateFile, 'CERTIFICATE'), readPem(keyFile, 'PRIVATE KEY')]);
  try {
    return createSecureContext({ ca, cert, key });
  } catch (error) {
    // The key is encrypted or broken, or belongs to another certificate.
    const reason = error instanceof Error ? error.message : String(error);
    throw ownError('certificate-file', { path: keyFile, reason }, error);
  }
}

async function readPem(path: string, kind: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw ownError('certificate-file', { path, reason: error instanceof Error ? error.message : String(error) }, error);
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) {
    throw ownError('certificate-file', { path, reason: `it contains no PEM ${kind}` });
  }
  return text;
}

function derOf(pem: string): Buffer[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, base64 = '']) => Buffer.from(base64, 'base64'));
}
