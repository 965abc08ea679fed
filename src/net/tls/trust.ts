import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { SecureContext } from 'node:tls';

import { ociError } from '../../oci/errors.ts';
import type { ConnectionSettings, RegistrySettings } from '../../oci/connection-settings.ts';

/** What a connection to one server is secured with. */
export interface Trust {
  readonly secureContext: SecureContext;
  /** DER of the certificates that are accepted as they are. */
  readonly pinned: readonly Buffer[];
  readonly verify: boolean;
}

export interface TrustRequest {
  /** The server's settings, where it has any. */
  readonly server: RegistrySettings | undefined;
  /** The registry that led there, where it is another one. Its authorities vouch, and nothing else of it counts. */
  readonly onBehalfOf: RegistrySettings | undefined;
}

/**
 * The system's authorities, those given in general, and those of the registry. Reading hundreds of certificates takes a
 * moment: the caller keeps what this makes.
 * @throws oci.certificate-file
 */
export async function loadTrust(settings: ConnectionSettings, { server, onBehalfOf }: TrustRequest): Promise<Trust> {
  const files = [...(server?.caFiles ?? []), ...(onBehalfOf?.caFiles ?? [])];
  const own = await Promise.all(files.map((path) => readPem(path, 'CERTIFICATE')));
  const client = server?.clientCertificate;
  const ca = [
    ...getCACertificates('default'),
    ...getCACertificates('system'),
    ...(settings.caCertificates ?? []),
    ...own,
  ];
  return {
    secureContext: await makeContext([...new Set(ca)], client),
    pinned: (server?.trustedCertificates ?? []).flatMap(derOf),
    verify: settings.verifyCertificates !== false && server?.verifyCertificates !== false,
  };
}

/** Contexts without a client's certificate, by the digest of their authorities. Most registries have the same ones. */
const shared = new Map<string, SecureContext>();
const MOST_SHARED = 8;

function sharedContext(ca: string[]): SecureContext {
  const key = createHash('sha256').update(ca.join('\n')).digest('hex');
  const found = shared.get(key);
  if (found !== undefined) return found;
  const made = createSecureContext({ ca });
  if (shared.size >= MOST_SHARED) shared.clear();
  shared.set(key, made);
  return made;
}

async function makeContext(ca: string[], client: RegistrySettings['clientCertificate']): Promise<SecureContext> {
  if (client === undefined) return sharedContext(ca);
  const { certificateFile, keyFile } = client;
  const [cert, key] = await Promise.all([readPem(certificateFile, 'CERTIFICATE'), readPem(keyFile, 'PRIVATE KEY')]);
  try {
    return createSecureContext({ ca, cert, key });
  } catch (error) {
    // A key that is encrypted, broken, or another certificate's.
    const reason = error instanceof Error ? error.message : String(error);
    throw ociError('certificate-file', { path: keyFile, reason }, error);
  }
}

async function readPem(path: string, kind: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw ociError('certificate-file', { path, reason: error instanceof Error ? error.message : String(error) }, error);
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) {
    throw ociError('certificate-file', { path, reason: `it contains no PEM ${kind}` });
  }
  return text;
}

function derOf(pem: string): Buffer[] {
  const blocks = pem.matchAll(/-----BEGIN CERTIFICATE-----([^-]*)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, base64 = '']) => Buffer.from(base64, 'base64'));
}
