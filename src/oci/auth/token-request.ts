import type { Credential } from '../credentials.ts';
import { ociError } from '../errors.ts';
import { describe } from '../http/transport.ts';
import type { HttpTransport } from '../http/transport.ts';
import { readBody } from '../http/read-body.ts';
import { isJsonObject, member, parseJson } from '../json.ts';

export interface Token {
  readonly value: string;
  /** Milliseconds, by this machine's clock */
  readonly expires: number;
  /** Milliseconds it was good for when it was issued */
  readonly lifetime: number;
}

export interface TokenRequest {
  /** host[:port] as in references */
  readonly registry: string;
  readonly realm: URL;
  readonly service: string | undefined;
  /** "repository:name:pull,push", the most important one first: some registries look at that only. */
  readonly scopes: readonly string[];
  readonly credential: Credential | undefined;
}

const TOKEN_LIMIT = 128 * 1024;
/** What a token without `expires_in` is good for (distribution's token specification). */
const DEFAULT_LIFETIME = 60_000;
const CLIENT_ID = 'carvel-airgap';

/**
 * Asks a token server: by POST with a refresh token where there is one (distribution spec "oauth2"), else by GET with
 * Basic, which also works anonymously.
 * @throws oci.token-invalid, oci.unauthorized, oci.credentials-missing
 */
export async function requestToken(
  transport: HttpTransport,
  request: TokenRequest,
  signal: AbortSignal,
): Promise<Token> {
  const { credential, realm } = request;
  const response = credential?.kind === 'identity-token' ? postForm(request, credential.token) : getWithBasic(request);
  const step = describe(response.method, realm);
  const answer = await transport.send({ ...response, registry: request.registry, lane: 'small', signal });
  const body = await readBody(answer, TOKEN_LIMIT, 'The token', realm.host);
  if (answer.status === 401 || answer.status === 403) {
    throw ociError(credential === undefined ? 'credentials-missing' : 'unauthorized', {
      host: realm.host,
      repository: request.scopes[0] ?? 'the registry',
      reason: `incorrect username or password (${answer.status})`,
      step,
      credential: credential?.origin ?? 'no credentials',
    });
  }
  if (answer.status !== 200) {
    throw ociError('status-unexpected', { host: realm.host, status: answer.status, reason: 'no token', step });
  }
  return readToken(body, realm);
}

function getWithBasic({ realm, service, scopes, credential }: TokenRequest) {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  const headers: Record<string, string> = {};
  if (credential?.kind === 'basic') headers['authorization'] = basicHeader(credential.username, credential.password);
  return { method: 'GET' as const, url, headers };
}

function postForm({ realm, service, scopes }: TokenRequest, refreshToken: string) {
  const form = new URLSearchParams({ grant_type: 'refresh_token', client_id: CLIENT_ID, refresh_token: refreshToken });
  if (service !== undefined) form.set('service', service);
  if (scopes.length > 0) form.set('scope', scopes.join(' '));
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return { method: 'POST' as const, url: realm, headers, body: Buffer.from(form.toString()) };
}

function readToken(body: Uint8Array, realm: URL): Token {
  const json = parseJson(body);
  const value = isJsonObject(json) ? (member(json, 'token') ?? member(json, 'access_token')) : undefined;
  if (typeof value !== 'string' || value === '' || !isJsonObject(json)) {
    throw ociError('token-invalid', { realm: realm.origin, host: realm.host, reason: 'the answer holds no token' });
  }
  const seconds = member(json, 'expires_in');
  const lifetime = typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : DEFAULT_LIFETIME;
  return { value, lifetime, expires: Date.now() + lifetime };
}

export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
