import { isIP, Socket } from 'node:net';
import { checkServerIdentity, connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';

import { KEEP_ALIVE_DELAY, guardSocket } from '../http/dial.ts';
import type { DialOptions } from '../http/dial.ts';
import type { Trust } from './trust.ts';

/** A port of the server to which no connection exists yet. */
export interface Port extends DialOptions {
  readonly port: number;
}

/**
 * TLS over an existing connection, or over a new one to a port. A pinned certificate is accepted if it is identical to the
 * byte; all others by chain and name, as Node checks them.
 * @param hostname without port; an IPv6 address without its brackets
 */
export async function secure(
  over: Socket | Port,
  hostname: string,
  trust: Trust,
  signal: AbortSignal,
  { session, keep }: Resumption = {},
): Promise<TLSSocket> {
  const { pinned, verify } = trust;
  let isAccepted = false;
  let early: Buffer | undefined;
  const onSession = (newSession: Buffer) => {
    if (isAccepted) keep?.(newSession);
    else early = newSession;
  };
  // With pins the decision is made below, once the certificate can be compared.
  const unpinned = { ...trust, verify: verify && pinned.length === 0 };
  const tls = await handshake(over, hostname, unpinned, signal, { session, onSession });
  // Only sessions of accepted connections are offered, and a resumed session has no certificate to compare.
  const isChecked = !verify || pinned.length === 0 || tls.isSessionReused();
  const problem = isChecked ? undefined : problemOf(tls, trust.name ?? hostname, pinned);
  if (problem !== undefined) {
    tls.destroy();
    throw problem;
  }
  isAccepted = true;
  if (early !== undefined) keep?.(early);
  return tls;
}

/** A session of an earlier connection to the same server under the same trust, and a callback for new ones. */
export interface Resumption {
  readonly session?: Buffer | undefined;
  /** Called with the sessions of an accepted connection. With TLS 1.3 they come later, and there may be several. */
  readonly keep?: (session: Buffer) => void;
}

interface HandshakeOptions {
  readonly session?: Buffer | undefined;
  readonly onSession?: (session: Buffer) => void;
}

/** Only the handshake; with `verify` false any certificate is accepted. */
export async function handshake(
  over: Socket | Port,
  hostname: string,
  { secureContext, verify, name = hostname }: Omit<Trust, 'pinned'>,
  signal: AbortSignal,
  { session, onSession }: HandshakeOptions = {},
): Promise<TLSSocket> {
  signal.throwIfAborted();
  const tls = connect({
    ...(over instanceof Socket ? { socket: over } : over),
    // Server names cannot be addresses (RFC 6066); an address is still compared with the certificate.
    host: hostname,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    ...(name === hostname ? {} : { checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate) }),
    secureContext,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: verify,
    ...(session === undefined ? {} : { session }),
  });
  if (onSession !== undefined) tls.on('session', onSession);
  tls.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_DELAY);
  const completed = new Promise<void>((resolve, reject) => {
    tls.once('error', reject);
    // A socket that is destroyed by another party closes without an error.
    tls.once('close', () => reject(Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })));
    tls.once('secureConnect', () => {
      tls.off('error', reject);
      // With TLS 1.3 a rejected client certificate is reported after the handshake, as an error and an ordinary end: the next
      // reader would take it for a lost connection.
      tls.on('error', (error) => tls.destroy(error));
      resolve();
    });
  });
  await guardSocket(over instanceof Socket ? over : tls, signal, completed);
  return tls;
}

function problemOf(tls: TLSSocket, hostname: string, pinned: readonly Buffer[]): Error | undefined {
  const certificate = tls.getPeerCertificate();
  if (pinned.some((each) => each.equals(certificate.raw)) || tls.authorized) return undefined;
  // Node keeps only the code; for a wrong name the reason is more informative.
  const code = String(tls.authorizationError);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return checkServerIdentity(hostname, certificate);
  return Object.assign(new Error(code), { code });
}
