/** How a connection or a request fails, in neutral terms: callers turn these into their own errors. */
export type FailureKind =
  | 'host-not-found'
  | 'connection-refused'
  | 'connect-timeout'
  /** There is no route to the host. */
  | 'unreachable'
  | 'connection-lost'
  /** No response in time. */
  | 'timeout'
  | 'response-invalid'
  | 'certificate-unknown'
  | 'certificate-name'
  | 'certificate-expired'
  | 'certificate-early'
  /** The server's certificate is not acceptable for another reason. */
  | 'certificate-invalid'
  /** The server requires a client certificate, or rejected the one it received. */
  | 'client-certificate'
  /** The server refused the handshake without saying why; often for lack of a client certificate. */
  | 'handshake-refused'
  /** The server responded with something other than TLS. */
  | 'not-tls'
  /** The TLS protocol was violated in some other way. */
  | 'tls-failed'
  /** One of our own certificates or keys cannot be used. */
  | 'key-unusable'
  | 'unknown';

/** The codes of Node (POSIX, OpenSSL's verification results) and our own HTTP/1.1 client. */
const BY_CODE: Readonly<Record<string, FailureKind>> = {
  ENOTFOUND: 'host-not-found',
  EAI_AGAIN: 'host-not-found',
  EAI_FAIL: 'host-not-found',
  ECONNREFUSED: 'connection-refused',
  ETIMEDOUT: 'connect-timeout',
  TimeoutError: 'connect-timeout',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',

  ECONNRESET: 'connection-lost',
  ECONNABORTED: 'connection-lost',
  EPIPE: 'connection-lost',
  ERR_STREAM_PREMATURE_CLOSE: 'connection-lost',
  WIRE_CLOSED: 'connection-lost',
  WIRE_STALLED: 'connection-lost',

  WIRE_TIMEOUT: 'timeout',

  WIRE_INVALID: 'response-invalid',

  DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate-unknown',
  SELF_SIGNED_CERT_IN_CHAIN: 'certificate-unknown',
  CERT_UNTRUSTED: 'certificate-unknown',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-name',
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-early',
  INVALID_CA: 'certificate-invalid',
  INVALID_PURPOSE: 'certificate-invalid',
};

const BY_PREFIX: readonly (readonly [prefix: string, FailureKind])[] = [
  ['UNABLE_TO_', 'certificate-unknown'],
  ['CERT_', 'certificate-invalid'],
  ['ERR_OSSL_', 'key-unusable'],
  ['ERR_CRYPTO', 'key-unusable'],
];

/** What OpenSSL says; alerts are those of RFC 8446, section 6. */
const BY_TLS_REASON: readonly (readonly [pattern: RegExp, FailureKind])[] = [
  [/alert (?:(?:bad |unsupported )?certificate|unknown ca|access denied)/, 'client-certificate'],
  [/alert handshake failure/, 'handshake-refused'],
  [/wrong version number|packet length too long|http request/, 'not-tls'],
];

/** "…:error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure:…": the reason is the fourth field. */
const OPENSSL = /error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):/;
/** Errors that may lack a code. */
const NAMED = new Set(['TimeoutError']);

/** The kind of failure that an error of Node or our own HTTP/1.1 client stands for. */
export function failureKind(error: unknown): FailureKind {
  const { code, message } = innermost(error);
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code] ?? 'unknown';
  const tls = tlsReason(code, message);
  if (tls !== undefined) {
    const byReason = BY_TLS_REASON.find(([pattern]) => pattern.test(tls))?.[1];
    return byReason ?? (code === 'EPROTO' ? 'tls-failed' : 'unknown');
  }
  return BY_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'unknown';
}

/** The system's message, without the errors that wrap it. */
export function causeText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, message } = innermost(error);
  return OPENSSL.exec(message)?.[1] ?? (message === '' ? code : message);
}

/** The reason is part of the code, or with EPROTO, part of the message. */
function tlsReason(code: string, message: string): string | undefined {
  if (code === 'EPROTO') return OPENSSL.exec(message)?.[1] ?? '';
  return code.startsWith('ERR_SSL_') ? code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' ') : undefined;
}

/** The innermost cause: Node's attempts at several addresses wrap the system's errors. */
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
