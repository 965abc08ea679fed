import { NetworkError } from '../net/network-error.ts';
import { inspectCertificate as inspect } from '../net/tls/inspect-certificate.ts';
import type { ServerCertificates } from '../net/tls/inspect-certificate.ts';
import { networkSettings } from './connection-settings.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { registryError } from './network-errors.ts';
import { addressOf } from './reference.ts';

export type { ServerCertificates } from '../net/tls/inspect-certificate.ts';
export type { CertificateDetails } from '../net/tls/certificate-details.ts';

/**
 * Reads the certificates that a registry, or a server it leads to, presents: see net/tls/inspect-certificate.
 * @param host host[:port] as in references
 * @throws network errors of `oci`; oci.not-https if the server does not speak TLS
 */
export async function inspectCertificate(
  host: string,
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<ServerCertificates> {
  try {
    return await inspect(new URL(`https://${addressOf(host)}`), networkSettings(settings), signal);
  } catch (error) {
    throw error instanceof NetworkError ? registryError(error, { registry: host, isNamed: false }) : error;
  }
}
