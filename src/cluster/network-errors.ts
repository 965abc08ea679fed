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

/** The error of a request that got no (complete) answer. */
export function networkError(error: unknown, place: RequestPlace, timeout: number): AirgapError {
  if (error instanceof NoAnswerError) return clusterError('timeout', { ...place, seconds: timeout / 1000 }, error);
  const reason = reasonOf(error);
  if (error instanceof BodyTooLargeError)
    return clusterError('response-invalid', { ...place, reason: 'it is too large' });
  const evidence = `${codeOf(error)} ${reason}`;
  const code = EVIDENCE.find(([, pattern]) => pattern.test(evidence))?.[0] ?? 'unreachable';
  return clusterError(code, { ...place, reason }, error);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** OpenSSL's errors are lines of numbers, functions and files with the reason in the middle. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return /:SSL routines:[^:]*:([^:]+):/.exec(error.message)?.[1] ?? (error.message || codeOf(error));
}
