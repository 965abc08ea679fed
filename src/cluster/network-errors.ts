import type { AirgapError } from '../base/errors.ts';
import { BodyTooLargeError } from './body.ts';
import { clusterError } from './errors.ts';
import { NoAnswerError } from './send.ts';

/** Where a request goes and what for: what every error tells. */
export interface RequestPlace {
  readonly context: string;
  /** host:port of the API server */
  readonly host: string;
  readonly step: string;
  /** host:port of the proxy that the request went through. */
  readonly proxy?: string;
}

type NetworkCode = Parameters<typeof clusterError>[0];

/** Node's error code and, after a space, OpenSSL's words, which for refusals come under the code EPROTO or a name of their own. */
const EVIDENCE: readonly [NetworkCode, RegExp][] = [
  ['host-not-found', /^(ENOTFOUND|EAI_AGAIN|EAI_FAIL) /],
  ['connection-refused', /^ECONNREFUSED /],
  ['certificate-unknown', /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_UNTRUSTED)/],
  ['certificate-invalid', /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_|INVALID_CA|INVALID_PURPOSE)/],
  ['not-https', /wrong version number|packet length too long|http request/],
  [
    'client-certificate-refused',
    /alert (bad certificate|unsupported certificate|certificate|unknown ca|access denied)/,
  ],
  ['connection-lost', /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|ECONNABORTED) /],
  ['credentials-unreadable', /^ERR_OSSL_|^ERR_CRYPTO/],
  ['response-invalid', /^HPE_/],
];

/** What a proxy refuses comes without a code of Node's: by hpagent for http, by socks for SOCKS. */
const PROXY_ANSWER = /^Bad response: (\d+)|^Socks|^Proxy /;
const CONNECTING = /^(ENOTFOUND|EAI_AGAIN|EAI_FAIL|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL) /;

/** The error of a request that got no (complete) answer. */
export function networkError(error: unknown, place: RequestPlace, timeout: number): AirgapError {
  const { proxy, ...rest } = place;
  const proxyProblem = proxy === undefined ? undefined : proxyReason(error, timeout);
  if (proxyProblem !== undefined) {
    return clusterError('proxy-failed', { ...rest, proxy: proxy as string, reason: proxyProblem }, error);
  }
  return directError(error, rest, timeout);
}

/** Why a proxy is to blame: the server's address is never looked up or connected to from here. */
function proxyReason(error: unknown, timeout: number): string | undefined {
  if (error instanceof NoAnswerError) return `no answer within ${timeout / 1000} s`;
  const reason = reasonOf(error);
  const [answer, status] = PROXY_ANSWER.exec(reason) ?? [];
  if (status === '407') return 'the proxy requires a user name and password (407)';
  if (status !== undefined) return `the proxy answered ${status}`;
  if (answer !== undefined) return reason;
  return CONNECTING.test(`${codeOf(error)} `) ? reason : undefined;
}

function directError(error: unknown, place: RequestPlace, timeout: number): AirgapError {
  if (error instanceof NoAnswerError) return clusterError('timeout', { ...place, seconds: timeout / 1000 }, error);
  const reason = reasonOf(error);
  if (error instanceof BodyTooLargeError)
    return clusterError('response-invalid', { ...place, reason: 'it is too large' });
  if (isTlsAlert(error)) return clusterError('https-needed', { ...place }, error);
  const evidence = `${codeOf(error)} ${reason}`;
  const code = EVIDENCE.find(([, pattern]) => pattern.test(evidence))?.[0] ?? 'unreachable';
  return clusterError.of(code, { ...place, reason }, error);
}

/** A TLS server that was sent plain http answers with an alert (RFC 8446, section 6): content type 21, version 3.x. */
function isTlsAlert(error: unknown): boolean {
  const packet = error instanceof Error && 'rawPacket' in error ? error.rawPacket : undefined;
  return packet instanceof Uint8Array && packet[0] === 21 && packet[1] === 3;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** OpenSSL's errors are lines of numbers, functions and files with the reason in the middle. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /:SSL routines:[^:]*:([^:]+):/.exec(error.message)?.[1] ?? (error.message || codeOf(error));
}
