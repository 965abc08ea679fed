import { isIP } from 'node:net';
import type { Socket } from 'node:net';
import { checkServerIdentity, connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { guardSocket } from '../http/guard-socket.ts';
import type { Trust } from './trust.ts';

/**
 * TLS over a connection that is there. A pinned certificate is accepted by being the same to the byte; all others by chain
 * and name, as Node checks them.
 * @param hostname without port; an IPv6 address without its brackets
 */
export async function secure(socket: Socket, hostname: string, trust: Trust, signal: AbortSignal): Promise<TLSSocket> {
  const { pinned, verify } = trust;
  // With pins the decision is made here, when the certificate is there to be compared.
  const tls = await handshake(socket, hostname, { ...trust, verify: verify && pinned.length === 0 }, signal);
  const problem = verify && pinned.length > 0 ? problemOf(tls, hostname, pinned) : undefined;
  if (problem === undefined) return tls;
  tls.destroy();
  throw problem;
}

/** The handshake alone; with `verify` false whatever certificate is shown. */
export function handshake(
  socket: Socket,
  hostname: string,
  { secureContext, verify }: Omit<Trust, 'pinned'>,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const shaken = new Promise<TLSSocket>((resolve, reject) => {
    const tls = connect({
      socket,
      // Server names are names (RFC 6066); an address is compared with the certificate all the same.
      host: hostname,
      ...(isIP(hostname) === 0 ? { servername: hostname } : {}),
      secureContext,
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: verify,
    });
    tls.once('error', reject);
    tls.once('secureConnect', () => {
      tls.off('error', reject);
      // With TLS 1.3 a refused client certificate comes after the handshake, as an error and an ordinary end: whoever reads
      // next would make a lost connection of it.
      tls.on('error', (error) => tls.destroy(error));
      resolve(tls);
    });
  });
  return guardSocket(socket, signal, shaken);
}

function problemOf(tls: TLSSocket, hostname: string, pinned: readonly Buffer[]): Error | undefined {
  const certificate = tls.getPeerCertificate();
  if (pinned.some((each) => each.equals(certificate.raw)) || tls.authorized) return undefined;
  // Node keeps the code alone; the reason of a wrong name is worth its words.
  const code = String(tls.authorizationError);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return checkServerIdentity(hostname, certificate);
  return Object.assign(new Error(code), { code });
}
