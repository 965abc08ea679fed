import type { FailureCode } from './failure-table.ts';

/** What a text means: a code, and what of the text is worth telling. */
export interface FailureMeaning {
  readonly code: FailureCode;
  readonly args: Readonly<Record<string, string>>;
}

/** A request that a text names, and how it ended. */
interface FailedRequest {
  readonly scheme: string;
  readonly host: string;
  readonly path: string;
  readonly outcome: string;
}

// Go prints `Get "URL": reason` for a connection that failed, go-containerregistry `GET URL: reason` for an answer.
const REQUEST = /\b(?:GET|HEAD|POST|Get|Head|Post) "?(https?):\/\/([^/"\s]+)([^"\s]*?)"?: /;

/** A host of a local name is asked by https first, then by http: these are the failures after which only the second counts. */
const NO_TLS =
  /first record does not look like a TLS handshake|server gave HTTP response|connection refused|EOF|reset by/;

/** Go tells of a proxy's refusal to connect by the status text alone. */
const PROXY_STATUS =
  /^(?:Bad Request|Forbidden|Not Found|Method Not Allowed|Proxy Authentication Required|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)$/i;

const WEB_PAGE = /^\s*<(?:!doctype|html|head|body|h1)\b/i;

/** Whether a text names a request at all: then its outcome is the reason, and not what else stands in the text. */
export function namesRequest(text: string): boolean {
  return REQUEST.test(text);
}

/**
 * Explains the failed request that a text names, by who was asked and how that ended; undefined for an outcome that is not known.
 *
 * @param registry the host that was to be asked, without a default port; undefined where that is not known
 */
export function explainRequest(text: string, registry: string | undefined): FailureMeaning | undefined {
  const request = failedRequest(text);
  if (request === undefined) return undefined;
  const { host, path } = request;
  const isRegistry = registry === undefined || normalHost(registry) === normalHost(host);
  const fault = connectionFault(request) ?? answerFault(request, isRegistry);
  // A proxy and a DNS server fail in the same way for every host.
  const isOther = !isRegistry && path.startsWith('/v2/') && !/^(?:proxy|dns-)/.test(fault?.code ?? '');
  if (isOther) return { code: 'other-registry', args: { other: host, reason: request.outcome } };
  return fault;
}

/** A host as requests name it: Docker Hub has one name, and the port of a scheme goes without saying. */
export function normalHost(host: string): string {
  const plain = host.toLowerCase().replace(/:(?:443|80)$/, '');
  return /^(?:registry-1\.|registry\.|www\.)?docker\.io$/.test(plain) ? 'index.docker.io' : plain;
}

/**
 * The request that failed: the first one, because what follows may be an answer's own words; or the same by http, where a local name did
 * not speak TLS.
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

/** @param reason what the resolver says */
function lookupFault(name: string, reason: string): FailureMeaning | undefined {
  if (/^(?:no such host|server misbehaving)/.test(reason)) return { code: 'dns', args: { host: name } };
  return /i\/o timeout|connection refused|unreachable|no route to host|reset by peer|Temporary failure/i.test(reason)
    ? { code: 'dns-unreachable', args: { host: name, reason } }
    : undefined;
}

/** Explains what was answered: a status, or a code of the distribution specification (or of Harbor). */
function answerFault({ host, path, outcome }: FailedRequest, isRegistry: boolean): FailureMeaning | undefined {
  const [, status = '', body = ''] = /^unexpected status code (\d{3})\b[^:]*(?:: (.*))?$/.exec(outcome) ?? [];
  const [, code = '', message = ''] = /^([A-Z][A-Z_]+): (.*)/.exec(outcome) ?? [];
  // A blob may lie in a storage of its own, to which the registry redirects; tokens may come from another host.
  const isStorage = !isRegistry && !path.startsWith('/v2/') && !/[?&](?:scope|service)=/.test(path);
  const args = { host, reason: outcome };
  if (/^toomanyrequests: /i.test(outcome) || status === '429') return { code: 'rate-limited', args };
  // Harbor's; to a HEAD it can tell no more than the status.
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

/** What is missing is what was asked for. */
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

/** `asked`: what was asked about, for where nothing else says which image it is. */
function repositoryIn(host: string, path: string): Record<string, string> {
  const name = /^\/v2\/(.+)\/(?:manifests|blobs|tags)\//.exec(path)?.[1];
  return name === undefined ? {} : { asked: `${host}/${name}` };
}
