import type { AirgapError } from '../base/errors.ts';
import { causeText, failureKind } from '../net/failure-kinds.ts';
import { BodyTooLargeError } from '../net/http/read-body.ts';
import { NetworkError } from '../net/network-error.ts';
import type { NetworkErrorKind } from '../net/network-error.ts';
import { clusterError } from './errors.ts';
import { NoAnswerError } from './exchange.ts';

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

const CODES: Readonly<Record<NetworkErrorKind, NetworkCode>> = {
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
  stalled: 'connection-lost',
  'address-refused': 'unreachable',
  'certificate-file': 'credentials-unreadable',
  'proxy-invalid': 'proxy-failed',
  'proxy-unreachable': 'proxy-failed',
  'proxy-credentials-missing': 'proxy-failed',
  'proxy-unauthorized': 'proxy-failed',
  'proxy-refused': 'proxy-failed',
};

/** The error of a request that received no (complete) response. */
export function networkError(error: unknown, { proxy, ...place }: RequestPlace, timeout: number): AirgapError {
  if (error instanceof BodyTooLargeError) {
    return clusterError('response-invalid', { ...place, reason: 'it is too large' });
  }
  if (error instanceof NoAnswerError || isStalled(error)) {
    const seconds = timeout / 1000;
    if (proxy === undefined) return clusterError('timeout', { ...place, seconds }, error);
    return clusterError('proxy-failed', { ...place, proxy, reason: `no answer within ${seconds} s` }, error);
  }
  if (isTlsAlert(error)) return clusterError('https-needed', { ...place }, error);
  const kind = error instanceof NetworkError ? error.kind : failureKind(error);
  const via = error instanceof NetworkError ? (error.details['proxy'] ?? proxy) : proxy;
  const details = { ...place, ...(via !== undefined && { proxy: via }), reason: reasonOf(error) };
  return clusterError.of(CODES[kind], details, error);
}

function reasonOf(error: unknown): string {
  if (!(error instanceof NetworkError)) return causeText(error);
  const { kind, details } = error;
  if (kind === 'proxy-credentials-missing') return 'the proxy requires a user name and password (407)';
  if (kind === 'proxy-unauthorized') return 'the proxy rejected the user name or password (407)';
  if (kind === 'proxy-refused') return `the proxy answered ${details['status']}`;
  return String(details['reason'] ?? kind);
}

/** The response began, and then nothing came for too long. */
function isStalled(error: unknown): boolean {
  return causesOf(error).some((cause) => cause.code === 'WIRE_STALLED');
}

/** A TLS server that receives plain http responds with an alert (RFC 8446, section 6): content type 21, version 3.x. */
function isTlsAlert(error: unknown): boolean {
  return causesOf(error).some(({ received }) => typeof received === 'string' && received.startsWith('\u0015\u0003'));
}

function causesOf(error: unknown): readonly (Error & { readonly code?: unknown; readonly received?: unknown })[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}
