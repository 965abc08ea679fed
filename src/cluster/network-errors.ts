import type { AirgapError } from '../base/errors.ts';
import { causeText, failureKind } from '../net/failure-kinds.ts';
import type { FailureKind } from '../net/failure-kinds.ts';
import { BodyTooLargeError } from '../net/http/read-body.ts';
import { clusterError } from './errors.ts';
import { NoAnswerError } from './send.ts';

/** Where a request goes and what for: every error states it. */
export interface RequestPlace {
  readonly context: string;
  /** host:port of the API server */
  readonly host: string;
  readonly step: string;
  /** host:port of the proxy that the request went through. */
  readonly proxy?: string;
}

type NetworkCode = Parameters<typeof clusterError>[0];

const CODES: Readonly<Record<FailureKind, NetworkCode>> = {
  'host-not-found': 'host-not-found',
  'connection-refused': 'connection-refused',
  'connect-timeout': 'unreachable',
  unreachable: 'unreachable',
  'connection-lost': 'connection-lost',
  timeout: 'unreachable',
  'response-invalid': 'response-invalid',
  'certificate-unknown': 'certificate-unknown',
  'certificate-name': 'certificate-invalid',
  'certificate-expired': 'certificate-invalid',
  'certificate-early': 'certificate-invalid',
  'certificate-invalid': 'certificate-invalid',
  'client-certificate': 'client-certificate-refused',
  'handshake-refused': 'unreachable',
  'not-tls': 'not-https',
  'tls-failed': 'unreachable',
  'key-unusable': 'credentials-unreadable',
  unknown: 'unreachable',
};

/** A proxy's refusal comes without a code: from hpagent for http, from socks for SOCKS. */
const PROXY_RESPONSE = /^Bad response: (\d+)|^Socks|^Proxy /;
/** No connection was made from this machine, so with a proxy none to the proxy. */
const CONNECTING = new Set<FailureKind>(['host-not-found', 'connection-refused', 'connect-timeout', 'unreachable']);

/** The error of a request that received no (complete) response. */
export function networkError(error: unknown, place: RequestPlace, timeout: number): AirgapError {
  const { proxy, ...rest } = place;
  const proxyProblem = proxy === undefined ? undefined : proxyReason(error, timeout);
  if (proxyProblem !== undefined) {
    return clusterError('proxy-failed', { ...rest, proxy: proxy as string, reason: proxyProblem }, error);
  }
  return directError(error, rest, timeout);
}

/** Why the proxy failed: the server's address is neither resolved nor contacted from this machine. */
function proxyReason(error: unknown, timeout: number): string | undefined {
  if (error instanceof NoAnswerError) return `no answer within ${timeout / 1000} s`;
  const reason = causeText(error);
  const [response, status] = PROXY_RESPONSE.exec(reason) ?? [];
  if (status === '407') return 'the proxy requires a user name and password (407)';
  if (status !== undefined) return `the proxy answered ${status}`;
  if (response !== undefined) return reason;
  return CONNECTING.has(failureKind(error)) ? reason : undefined;
}

function directError(error: unknown, place: RequestPlace, timeout: number): AirgapError {
  if (error instanceof NoAnswerError) return clusterError('timeout', { ...place, seconds: timeout / 1000 }, error);
  if (error instanceof BodyTooLargeError)
    return clusterError('response-invalid', { ...place, reason: 'it is too large' });
  if (isTlsAlert(error)) return clusterError('https-needed', { ...place }, error);
  return clusterError.of(CODES[failureKind(error)], { ...place, reason: causeText(error) }, error);
}

/** A TLS server that receives plain http responds with an alert (RFC 8446, section 6): content type 21, version 3.x. */
function isTlsAlert(error: unknown): boolean {
  const packet = error instanceof Error && 'rawPacket' in error ? error.rawPacket : undefined;
  return packet instanceof Uint8Array && packet[0] === 21 && packet[1] === 3;
}
