import type { AirgapError } from '../../base/errors.ts';
import type { Credential } from './credentials.ts';
import { ociError } from '../errors.ts';
import { describe } from '../../net/http/message.ts';
import type { HttpResponse } from '../../net/http/message.ts';
import type { RegistryTransport } from '../registry-transport.ts';
import { readContent } from '../read-content.ts';
import { isRecord, member, parseJson } from '../../base/json.ts';
import { statusError } from '../status-errors.ts';

export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch, by this machine's clock */
  readonly expires: number;
  /** Milliseconds for which it was valid when it was issued */
  readonly lifetime: number;
  /** Replaces the refresh token that was sent. */
  readonly refreshToken?: string;
}

export interface TokenRequest {
  /** host[:port] as in references */
  readonly registry: string;
  readonly realm: URL;
  readonly service: string | undefined;
  /** "repository:name:pull,push", the most important one first, because some registries evaluate only that one. */
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
  /** The target of a redirect. @throws if this credential must not be sent there */
  readonly follow: (location: string, from: URL) => URL;
}

type OutgoingRequest = { method: 'GET' | 'POST'; url: URL; headers: Record<string, string>; body?: Buffer };

const TOKEN_LIMIT = 128 * 1024;
/** Lifetime of a token without `expires_in` (distribution's token specification). */
const DEFAULT_LIFETIME = 60_000;
/** A day; a token with a longer lifetime is renewed early. */
const MAX_LIFETIME = 24 * 3600 * 1000;
const CLIENT_ID = 'carvel-airgap';
/**
 * Statuses of token servers that do not support a method: 404 GCR, 405, 401 Artifactory, 400 ACR (as in containerd).
 */
const UNSUPPORTED_METHOD = new Set([400, 401, 404, 405]);
const MAX_REDIRECTS = 3;
/** By method: a POST is repeated with its form only for statuses that require it (RFC 9110, 15.4). */
const REDIRECTS = { GET: new Set([301, 302, 303, 307, 308]), POST: new Set([307, 308]) } as const;

/**
 * Requests a token from a token server. A refresh token is sent by POST (distribution's "oauth2"), or by GET with Basic
 * to servers that do not support POST; a password is sent by GET, which also works anonymously, or by POST to servers
 * that do not support GET.
 * @throws oci.token-invalid, oci.unauthorized, oci.credentials-missing
 */
export async function requestToken(
  transport: RegistryTransport,
  request: TokenRequest,
  signal: AbortSignal,
): Promise<Token> {
  const [first, second] = requestsFor(request);
  let outgoing = first;
  let response = await send(transport, request, first, signal);
  if (response.status !== 200 && second !== undefined && second.when.has(response.status)) {
    await response.body.discard();
    outgoing = second;
    response = await send(transport, request, second, signal);
  }
  if (response.status !== 200) throw await refusal(response, outgoing, request);
  return readToken(await readContent(response, TOKEN_LIMIT, 'The token', request.realm.host), request.realm);
}

function requestsFor(request: TokenRequest): [OutgoingRequest, (OutgoingRequest & { when: ReadonlySet<number> })?] {
  const { credential } = request;
  if (credential?.kind === 'identity-token') {
    const byGet = getWithBasic(request, credential.username ?? '', credential.token);
    const form = { grant_type: 'refresh_token', refresh_token: credential.token };
    return [postForm(request, form), { ...byGet, when: UNSUPPORTED_METHOD }];
  }
  if (credential?.kind !== 'basic') return [getWithBasic(request)];
  const { username, password } = credential;
  const byPost = postForm(request, { grant_type: 'password', username, password });
  return [getWithBasic(request, username, password), { ...byPost, when: new Set([404, 405]) }];
}

async function send(
  transport: RegistryTransport,
  { registry, follow }: TokenRequest,
  outgoing: OutgoingRequest,
  signal: AbortSignal,
): Promise<HttpResponse> {
  let { url } = outgoing;
  for (let hops = 0; ; hops++) {
    const response = await transport.send({ ...outgoing, url, registry, lane: 'small', signal });
    const location = response.header('location');
    const isRedirect = REDIRECTS[outgoing.method].has(response.status) && location !== undefined;
    if (!isRedirect || hops >= MAX_REDIRECTS) return response;
    await response.body.discard();
    url = follow(location, url);
  }
}

function getWithBasic({ realm, service, scopes }: TokenRequest, username?: string, password = ''): OutgoingRequest {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return {
    method: 'GET',
    url,
    headers: username === undefined ? {} : { authorization: basicHeader(username, password) },
  };
}

function postForm({ realm, service, scopes }: TokenRequest, grant: Readonly<Record<string, string>>): OutgoingRequest {
  const form = new URLSearchParams({ ...grant, client_id: CLIENT_ID, access_type: 'offline' });
  if (service !== undefined) form.set('service', service);
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST', url: realm, headers, body: Buffer.from(form.toString()) };
}

async function refusal(response: HttpResponse, outgoing: OutgoingRequest, request: TokenRequest): Promise<AirgapError> {
  const { registry, realm, credential, scopes } = request;
  const step = describe(outgoing.method, realm);
  const error = await statusError(response, {
    host: realm.host,
    registry,
    repository: repositoryOf(scopes[0]),
    step,
    credential: credential?.origin,
  });
  if (response.status !== 401 && response.status !== 403) return error;
  const explanation = String(error.args['reason']);
  const isUnexplained = explanation === `unexpected status code ${response.status}`;
  const reason = isUnexplained ? `incorrect username or password (${response.status})` : explanation;
  const args = { ...error.args, reason, realm: realm.host };
  if (credential === undefined) return ociError.of('credentials-missing', args);
  // A 403 with an explanation is taken literally: the password may be correct, but the user or the address is not
  // allowed.
  return ociError.of(response.status === 403 && !isUnexplained ? 'forbidden' : 'unauthorized', args);
}

/** "repository:a/b:pull" → "a/b" */
function repositoryOf(scope: string | undefined): string {
  return /^repository:(.+):[^:]*$/.exec(scope ?? '')?.[1] ?? scope ?? 'the registry';
}

function readToken(body: Uint8Array, realm: URL): Token {
  const json = parseJson(body);
  const object = isRecord(json) ? json : {};
  const text = (key: string): string | undefined => {
    const value = member(object, key);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const value = text('token') ?? text('access_token');
  // An error about a value that is not valid in a header could quote the token.
  if (value === undefined || !/^[\x21-\x7e]+$/.test(value)) {
    throw ociError('token-invalid', {
      realm: realm.origin,
      host: realm.host,
      reason: 'the response contains no token',
    });
  }
  const seconds = Number(member(object, 'expires_in'));
  const given = seconds > 0 ? seconds * 1000 : DEFAULT_LIFETIME;
  const lifetime = Math.min(given, MAX_LIFETIME);
  const refreshToken = text('refresh_token');
  return { value, lifetime, expires: Date.now() + lifetime, ...(refreshToken === undefined ? {} : { refreshToken }) };
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
