import type { FailureCode } from './failure-table.ts';

/** The meaning of a text: an error code and its arguments. */
export interface FailureMeaning {
  readonly code: FailureCode;
  readonly args: Readonly<Record<string, string>>;
}

/** A request mentioned in a text, and its outcome. */
interface FailedRequest {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly outcome: string;
}

// Go prints `Get "URL": reason` for a failed connection, go-containerregistry `GET URL: reason` for a response.
const REQUEST = /\b(?:GET|HEAD|POST|Get|Head|Post) "?(https?):\/\/([^/"\s]+)([^"\s]*?)"?: /;

/** Failures of HTTPS after which a local host is asked by HTTP, so that only the second outcome counts. */
const NO_TLS =
  /first record does not look like a TLS handshake|server gave HTTP response|connection refused|EOF|reset by/;

/** Go reports a proxy's refusal to connect only by its status text. */
const PROXY_STATUS =
  /^(?:Bad Request|Forbidden|Not Found|Method Not Allowed|Proxy Authentication Required|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)$/i;

const WEB_PAGE = /^\s*<(?:!doctype|html|head|body|h1)\b/i;

/** Whether a text mentions a request, whose outcome is then the reason, whatever else the text says. */
export function namesRequest(text: string): boolean {
  return REQUEST.test(text);
}

/**
 * Explains the failed request in a text by the host and the outcome; undefined for an unknown outcome.
 * @param registry host that should have been asked, without a default port; undefined if unknown
 */
export function explainRequest(text: string, registry: string | undefined): FailureMeaning | undefined {
  const request = failedRequest(text);
  if (request === undefined) return undefined;
  const { host, path } = request;
  const isRegistry = registry === undefined || normalHost(registry) === normalHost(host);
  const fault = connectionFault(request) ?? answerFault(request, isRegistry);
  // A proxy or DNS failure does not depend on the host.
  const isOther = !isRegistry && path.startsWith('/v2/') && !/^(?:proxy|dns-)/.test(fault?.code ?? '');
  if (isOther) return { code: 'other-registry', args: { other: host, reason: request.outcome } };
  return fault;
}

/** Normalizes a host as in requests: a single name for Docker Hub, and no default port. */
export function normalHost(host: string): string {
  const plain = host.toLowerCase().replace(/:(?:443|80)$/, '');
  return /^(?:registry-1\.|registry\.|www\.)?docker\.io$/.test(plain) ? 'index.docker.io' : plain;
}

/**
 * Finds the failed request: the first one, because later ones may be part of a response; or its HTTP retry, if a local
 * host did not support TLS.
 */
function failedRequest(text: string): FailedRequest | undefined {
  const first = requestIn(text);
  if (first?.scheme !== 'https') return first;
  const [, tls, plain] = /^(.*?); ((?:GET|HEAD|POST|Get|Head|Post) "?http:\/\/.*)$/.exec(first.outcome) ?? [];
  const second = plain === undefined ? undefined : requestIn(plain);
  if (tls === undefined || second?.host !== first.host) return first;
  return NO_TLS.test(tls) ? second : { ...first, outcome: tls };
}

function requestIn(text: string): FailedRequest | undefined {
  const match = REQUEST.exec(text);
  if (match === null) return undefined;
  const [whole, scheme = '', host = '', path = ''] = match;
  return { scheme, host, path, outcome: text.slice(match.index + whole.length).trim() };
}

function connectionFault({ scheme, host, outcome }: FailedRequest): FailureMeaning | undefined {
  const proxy = /^proxyconnect tcp: (.+)/.exec(outcome)?.[1];
  if (proxy !== undefined) return { code: 'proxy-unreachable', args: { host, reason: proxy } };
  if (scheme === 'https' && PROXY_STATUS.test(outcome))
    return { code: 'proxy-refused', args: { host, reason: outcome } };
  const lookup = /^dial tcp[46]?: lookup (\S+?)(?: on \S+?)?: (.+)/.exec(outcome);
  if (lookup !== null) return lookupFault(lookup[1] as string, lookup[2] as string);
  const certificate = /^(?:tls: failed to verify certificate: )?(x509: .+)/.exec(outcome)?.[1];
  if (certificate !== undefined) {
    const isUnknown = /^x509: certificate (?:signed by unknown authority|is not trusted)/.test(certificate);
    return { code: isUnknown ? 'unknown-ca' : 'certificate-invalid', args: { host, reason: certificate } };
  }
  if (outcome.startsWith('http: server gave HTTP response to HTTPS client'))
    return { code: 'plain-http', args: { host } };
  const reason = /^(?:dial|read|write) tcp[46]? [^\s:]\S*: (.+)/.exec(outcome)?.[1] ?? outcome;
  if (reason.startsWith('connect: connection refused')) return { code: 'refused', args: { host } };
  if (/^connect: (?:no route to host|network is unreachable|host is down)/.test(reason))
    return { code: 'unreachable', args: { host, reason: outcome } };
  if (
    /^(?:i\/o timeout|connect: connection timed out|net\/http: (?:TLS handshake timeout|timeout awaiting|request canceled)|context deadline exceeded)/.test(
      reason,
    )
  )
    return { code: 'timeout', args: { host } };
  if (/^(?:(?:unexpected )?EOF$|(?:read: |write: )?(?:connection reset by peer|broken pipe))/.test(reason))
    return { code: 'connection-cut', args: { host, reason: outcome } };
  return undefined;
}

/** @param reason the resolver's message */
function lookupFault(name: string, reason: string): FailureMeaning | undefined {
  if (/^(?:no such host|server misbehaving)/.test(reason)) return { code: 'dns', args: { host: name } };
  return /i\/o timeout|connection refused|unreachable|no route to host|reset by peer|Temporary failure/i.test(reason)
    ? { code: 'dns-unreachable', args: { host: name, reason } }
    : undefined;
}

/** Explains a response by its status or by an error code of the distribution-spec or of Harbor. */
function answerFault({ host, path, outcome }: FailedRequest, isRegistry: boolean): FailureMeaning | undefined {
  const [, status = '', body = ''] = /^unexpected status code (\d{3})\b[^:]*(?:: (.*))?$/.exec(outcome) ?? [];
  const [, code = '', message = ''] = /^([A-Z][A-Z_]+): (.*)/.exec(outcome) ?? [];
  // A registry may redirect blobs to separate storage, and tokens may come from another host.
  const isStorage = !isRegistry && !path.startsWith('/v2/') && !/[?&](?:scope|service)=/.test(path);
  const args = { host, reason: outcome };
  if (/^toomanyrequests: /i.test(outcome) || status === '429') return { code: 'rate-limited', args };
  // A code of Harbor; its response to HEAD contains only the status.
  if (code === 'PROJECTPOLICYVIOLATION') return { code: 'policy', args: { host, reason: message } };
  if (status === '412') return { code: 'policy', args };
  if (status.startsWith('5') || /^(?:UNAVAILABLE|UNKNOWN)$/.test(code)) return { code: 'registry-failed', args };
  const isRefusal = /^(?:401|403)$/.test(status) || /^(?:UNAUTHORIZED|DENIED)$/.test(code);
  const isMissing =
    status === '404' ||
    /^(?:NOT_FOUND|MANIFEST_UNKNOWN|NAME_UNKNOWN|BLOB_UNKNOWN)$/.test(code) ||
    /^(?:manifest unknown|unknown tag)/.test(outcome);
  if (!isRefusal && !isMissing) return undefined;
  if (isStorage) return { code: 'storage-refused', args };
  if (WEB_PAGE.test(body)) return { code: 'not-a-registry', args };
  if (isRefusal) {
    const isAddress = /^client with IP .* is not allowed access/.test(message);
    return isAddress
      ? { code: 'address-refused', args: { host, reason: message } }
      : { code: 'unauthorized', args: repositoryIn(host, path) };
  }
  return missing(host, path, code === '' ? '' : `${code}: ${message}`);
}

/** Explains a 404 by what was requested. */
function missing(host: string, path: string, said: string): FailureMeaning | undefined {
  if (/^(?:NAME_UNKNOWN|NOT_FOUND: (?:repository|project)\b)/.test(said) || path.includes('/tags/list'))
    return { code: 'repository-missing', args: { host, ...repositoryIn(host, path) } };
  const manifest = /^\/v2\/(.+)\/manifests\/([^/?]+)/.exec(path);
  if (manifest !== null) {
    const [, name = '', reference = ''] = manifest;
    return {
      code: 'image-missing',
      args: { host, image: `${host}/${name}${reference.includes(':') ? '@' : ':'}${reference}` },
    };
  }
  if (path.includes('/blobs/')) return { code: 'content-missing', args: { host, ...repositoryIn(host, path) } };
  return path === '/v2/' ? { code: 'not-a-registry', args: { host, reason: '404' } } : undefined;
}

/** `asked` is the requested repository, used if nothing else identifies the image. */
function repositoryIn(host: string, path: string): Record<string, string> {
  const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(path)?.[1];
  return name === undefined ? {} : { asked: `${host}/${name}` };
}
