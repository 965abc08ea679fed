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
}

type NetworkCode = Parameters<typeof clusterError>[0];

const CODES: readonly [NetworkCode, RegExp][] = [
  ['host-not-found', /^(ENOTFOUND|EAI_AGAIN|EAI_FAIL)$/],
  ['connection-refused', /^ECONNREFUSED$/],
  ['certificate-unknown', /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_UNTRUSTED)/],
  ['certificate-invalid', /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_|INVALID_CA|INVALID_PURPOSE)/],
  ['client-certificate-refused', /^ERR_SSL_.*ALERT.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/],
  ['not-https', /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/],
  ['connection-lost', /^(ECONNRESET|EPIPE|ERR_STREAM_PREMATURE_CLOSE|ECONNABORTED)$/],
  ['credentials-unreadable', /^ERR_OSSL_|^ERR_CRYPTO/],
  ['response-invalid', /^HPE_/],
];

/** The error of a request that got no (complete) answer. */
export function networkError(error: unknown, place: RequestPlace, timeout: number): AirgapError {
  if (error instanceof NoAnswerError) return clusterError('timeout', { ...place, seconds: timeout / 1000 }, error);
  const reason = error instanceof Error ? error.message || codeOf(error) : String(error);
  if (error instanceof BodyTooLargeError)
    return clusterError('response-invalid', { ...place, reason: 'it is too large' });
  const code = CODES.find(([, pattern]) => pattern.test(codeOf(error)))?.[0] ?? 'unreachable';
  return clusterError(code, { ...place, reason }, error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
