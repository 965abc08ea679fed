import { AirgapError, isAbort } from '../../base/errors.ts';
import type { ErrorArguments } from '../../base/errors.ts';
import { ociError } from '../errors.ts';

const UNKNOWN_CA = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);
const CLIENT_CERTIFICATE =
  /ALERT_(?:CERTIFICATE_(?:REQUIRED|EXPIRED|REVOKED|UNKNOWN)|BAD_CERTIFICATE|HANDSHAKE_FAILURE|UNKNOWN_CA)$/;
/** "…:error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure:…": the fourth says it. */
const OPENSSL = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/;
const NOT_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO']);
/** Errors that need not have a code. */
const NAMED = new Set(['TimeoutError', 'HTTPParserError']);
const LOST = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'ECONNABORTED',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_CLOSED',
  'WIRE_CLOSED',
  'WIRE_STALLED',
]);
const TOO_LATE = new Set(['UND_ERR_HEADERS_TIMEOUT', 'WIRE_TIMEOUT']);
const NO_HTTP = new Set([
  'HTTPParserError',
  'UND_ERR_HEADERS_OVERFLOW',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'WIRE_INVALID',
]);
/** No connection came about. */
const NOT_REACHED = new Set([
  'oci.host-not-found',
  'oci.connection-refused',
  'oci.connect-timeout',
  'oci.unreachable',
  'oci.proxy-refused',
]);

/** Where something failed. */
export interface ErrorContext {
  /** host[:port] that was asked */
  readonly host: string;
  /** host[:port], as in references, of the registry on whose behalf it was asked */
  readonly registry: string;
  /** what was asked, such as "GET https://host/v2/" */
  readonly step: string;
  /** Whether the registry itself named the host, which is another one: in a redirect, a Location or a challenge. */
  readonly isNamed?: boolean;
}

/**
 * Turns what Node, undici and our own connections throw into an error that says which host, which step and why. AbortErrors pass unchanged.
 * @param isKnown whether the host has answered before: then it is a passing fault that it can not be reached
 */
export function networkError(error: unknown, place: ErrorContext, isKnown = false): Error {
  if (isAbort(error)) return error as Error;
  const { isNamed = false, ...where } = place;
  const at = { ...where, ...(isKnown ? { answeredBefore: 1 } : {}) };
  if (error instanceof AirgapError) {
    if (!isNamed || !NOT_REACHED.has(error.code)) return error;
    return ociError('location-unreachable', { ...at, reason: error.message }, error);
  }
  const { code } = innermost(error);
  const reason = causeText(error);
  const classified = classify(code, { ...at, reason }, error);
  // Who only knows the registry could do nothing with an error about a host that it never named.
  return isNamed && NOT_REACHED.has(classified.code)
    ? ociError('location-unreachable', { ...at, reason }, error)
    : classified;
}

/** What the system said, without what was wrapped around it. */
export function causeText(error: unknown): string {
  const { code, message } = innermost(error);
  return OPENSSL.exec(message)?.[1] ?? (message === '' ? code : message);
}

function classify(
  code: string,
  at: ErrorArguments & ErrorContext & { readonly reason: string },
  cause: unknown,
): AirgapError {
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ociError('host-not-found', at, cause);
  if (code === 'ECONNREFUSED') return ociError('connection-refused', at, cause);
  if (code === 'ETIMEDOUT' || code === 'TimeoutError') return ociError('connect-timeout', at, cause);
  if (TOO_LATE.has(code)) return ociError('timeout', at, cause);
  if (UNKNOWN_CA.has(code)) return ociError('certificate-unknown', at, cause);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return ociError('certificate-name', at, cause);
  if (code === 'CERT_HAS_EXPIRED') return ociError('certificate-expired', at, cause);
  if (code === 'CERT_NOT_YET_VALID') return ociError('certificate-early', at, cause);
  if (CLIENT_CERTIFICATE.test(code)) return ociError('client-certificate', at, cause);
  if (NOT_TLS.has(code)) return ociError('not-https', at, cause);
  if (LOST.has(code)) return ociError('connection-lost', at, cause);
  if (code.startsWith('HPE_') || NO_HTTP.has(code)) return ociError('response-invalid', at, cause);
  return ociError('unreachable', at, cause);
}

/** The cause at the bottom: undici and the happy-eyeballs connect wrap what the system said. */
function innermost(error: unknown): { code: string; message: string } {
  let code = '';
  let message = '';
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 8; depth++) {
    const named = NAMED.has(current.name) ? current.name : '';
    const own = 'code' in current && typeof current.code === 'string' ? current.code : named;
    if (own !== '') code = own;
    if (current.message !== '') message = current.message;
    current = current instanceof AggregateError ? (current.errors as unknown[])[0] : current.cause;
  }
  return { code, message };
}
