import type { ConnectionSettings } from '../../oci/connection-settings.ts';
import { bareHost } from '../http/host.ts';
import { networkError } from '../http/network-errors.ts';
import { openSocket } from '../http/open-socket.ts';
import { printable } from '../../base/printable.ts';
import { addressOf } from '../../oci/reference.ts';
import { chainOf } from './certificate-details.ts';
import type { CertificateDetails } from './certificate-details.ts';
import { handshake } from './handshake.ts';
import { loadTrust } from './trust.ts';

export interface ServerCertificates {
  /** The server's own first, then those of the authorities that it sent. */
  readonly chain: readonly [CertificateDetails, ...CertificateDetails[]];
  /** Why it is not trusted by chain and name ("CERT_HAS_EXPIRED"); undefined where it is. */
  readonly problem: string | undefined;
}

const TIMEOUT = 30_000;

/**
 * Looks at the certificates that a server shows, without trusting them and without sending it anything: the user decides.
 * @param host host[:port] as in references
 * @throws oci errors of the network; oci.not-https where it speaks no TLS
 */
export async function inspectCertificate(
  host: string,
  settings: ConnectionSettings,
  signal: AbortSignal,
): Promise<ServerCertificates> {
  const url = new URL(`https://${addressOf(host)}`);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
  try {
    const caFiles = settings.registries?.find((registry) => registry.host === host)?.caFiles ?? [];
    // No client certificate: nothing is shown to a server that is only looked at.
    const { secureContext } = await loadTrust(settings, { server: { host, caFiles }, onBehalfOf: undefined });
    const socket = await openSocket(url, settings, limit);
    const tls = await handshake(socket, bareHost(url), { secureContext, verify: false }, limit);
    const chain = chainOf(tls.getPeerCertificate(true));
    tls.destroy();
    return { chain, problem: tls.authorized ? undefined : printable(String(tls.authorizationError)) };
  } catch (error) {
    throw networkError(error, { host: url.host, registry: host, step: `looking at the certificate of ${url.host}` });
  }
}
