import { printable } from '../../base/printable.ts';
import { bareHost, isServer } from '../http/host.ts';
import { openSocket } from '../http/proxy-tunnel.ts';
import { networkError } from '../network-error.ts';
import type { NetworkSettings } from '../network-settings.ts';
import { chainOf } from './certificate-details.ts';
import type { CertificateDetails } from './certificate-details.ts';
import { handshake } from './handshake.ts';
import { loadTrust } from './trust.ts';

export interface ServerCertificates {
  /** The server's own first, then those of the authorities that it sent. */
  readonly chain: readonly [CertificateDetails, ...CertificateDetails[]];
  /** Why it is not trusted by chain and name ("CERT_HAS_EXPIRED"); undefined if it is. */
  readonly problem: string | undefined;
}

const TIMEOUT = 30_000;

/**
 * Reads the certificates that a server presents, without trusting them and without sending it anything: the user decides.
 * @throws NetworkError; of kind not-tls if it does not speak TLS
 */
export async function inspectCertificate(
  url: URL,
  settings: NetworkSettings,
  signal: AbortSignal,
): Promise<ServerCertificates> {
  const { host } = url;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]);
  try {
    const caFiles = settings.servers?.find((server) => isServer(server.host, url))?.caFiles ?? [];
    // No client certificate: a server that is only inspected receives nothing.
    const { secureContext } = await loadTrust(settings, { server: { host, caFiles }, onBehalfOf: undefined });
    const socket = await openSocket(url, settings, limit);
    const tls = await handshake(socket, bareHost(url), { secureContext, verify: false }, limit);
    const chain = chainOf(tls.getPeerCertificate(true));
    tls.destroy();
    return { chain, problem: tls.authorized ? undefined : printable(String(tls.authorizationError)) };
  } catch (error) {
    throw networkError(error, { host, onBehalfOf: host, step: `looking at the certificate of ${host}` });
  }
}
