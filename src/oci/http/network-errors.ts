import { AirgapError, isAbort } from '../../base/errors.ts';

import { ociError } from '../errors.ts';

const UNKNOWN_CA = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);
const BAD_CERTIFICATE = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);
const NOT_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO']);
const LOST = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'ECONNABORTED',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CLOSED',
]);

/**
 * Turns what Node and undici throw into an error that says which host, which step and why. AbortErrors pass unchanged.
 * @param step what was asked, such as "GET https://host/v2/"
 * @param isKnown whether the host has answered before: then it is a passing fault that it can not be reached
 */
export function networkError(error: unknown, host: string, step: string, isKnown = false): Error {
  if (isAbort(error) || error instanceof AirgapError) return error as Error;
  const { code, message } = innermost(error);
  const at = { host, step, reason: message === '' ? code : message, ...(isKnown ? { answeredBefore: 1 } : {}) };
  return classify(code, at, error);
}

function classify(
  code: string,
  at: { host: string; step: string; reason: string; answeredBefore?: number },
  cause: unknown,
): AirgapError {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ociError('host-not-found', at, cause);
  if (code === 'ECONNREFUSED') return ociError('connection-refused', at, cause);
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return ociError('timeout', at, cause);
  if (UNKNOWN_CA.has(code)) return ociError('certificate-unknown', at, cause);
  if (BAD_CERTIFICATE.has(code)) return ociError('certificate-invalid', at, cause);
  if (NOT_TLS.has(code)) return ociError('not-https', at, cause);
  if (LOST.has(code)) return ociError('connection-lost', at, cause);
  if (code.startsWith('HPE_')) return ociError('response-invalid', at, cause);
  return ociError('unreachable', at, cause);
}

/** The cause at the bottom: undici and the happy-eyeballs connect wrap what the system said. */
function innermost(error: unknown): { code: string; message: string } {
  let code = '';
  let message = '';
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 8; depth++) {
    const own = 'code' in current && typeof current.code === 'string' ? current.code : '';
    if (own !== '') code = own;
    if (current.message !== '') message = current.message;
    current = current instanceof AggregateError ? (current.errors as unknown[])[0] : current.cause;
  }
  return { code, message };
}
