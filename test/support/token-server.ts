// A token server as specified by the distribution project (docs/spec/auth: token, jwt, oauth), whose tokens a real
// registry accepts: it signs with a key created for the run, whose certificate is given to the registry.
import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { createAuthority } from './certificates.ts';
import { startHttpServer } from './http-server.ts';

export interface TokenServerOptions {
  readonly users?: Readonly<Record<string, string>>;
  /** Actions permitted without a password, for example "pull"; none by default. */
  readonly anonymous?: readonly string[];
  /** Actions permitted to a user in a repository; all by default. */
  readonly actions?: (user: string, repository: string) => readonly string[];
  /** Seconds */
  readonly lifetime?: number;
  /** Whether POST (oauth2) is supported; if not, it responds with 404, as several servers do. */
  readonly oauth?: boolean;
}

export interface TokenRequest {
  readonly method: string;
  /** '' for anonymous, undefined for a wrong password */
  readonly user: string | undefined;
  readonly service: string;
  readonly scopes: readonly string[];
  readonly headers: IncomingMessage['headers'];
}

export interface TokenServer {
  readonly host: string;
  /** The URL to which the registry refers its clients. */
  readonly realm: string;
  /** For the registry's configuration. */
  readonly issuer: string;
  readonly certificateFile: string;
  readonly requests: readonly TokenRequest[];
  /** Every issued token, including refresh tokens: each is a secret. */
  readonly issued: readonly string[];
  /** A valid refresh token for a user, as `docker login` would store it. */
  refreshToken(user: string): string;
  stop(): Promise<void>;
}

const ISSUER = 'the tests';

/** @param folder receives the key and the certificate */
export async function startTokenServer(folder: string, options: TokenServerOptions = {}): Promise<TokenServer> {
  const { users = {}, anonymous = [], actions = () => ['pull', 'push', 'delete'], lifetime = 300 } = options;
  const authority = await createAuthority(folder, 'token-ca');
  const signer = await authority.issueServer('token-signer', ['localhost']);
  const key = createPrivateKey(await readFile(signer.keyFile));
  const certificate = new X509Certificate(await readFile(signer.certFile)).raw.toString('base64');
  const requests: TokenRequest[] = [];
  const issued: string[] = [];
  const refreshTokens = new Map<string, string>();
  const refreshToken = (user: string): string => {
    const token = randomUUID();
    refreshTokens.set(token, user);
    issued.push(token);
    return token;
  };

  function tokenFor(user: string, service: string, scopes: readonly string[]): string {
    const access = scopes.flatMap((scope) => {
      const [, type = '', name = '', wanted = ''] = /^([^:]+):(.*):([^:]*)$/.exec(scope) ?? [];
      const allowed = user === '' ? anonymous : actions(user, name);
      const granted = wanted.split(',').filter((action) => action === '*' || allowed.includes(action));
      return granted.length === 0 ? [] : [{ type, name, actions: granted }];
    });
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: ISSUER,
      sub: user,
      aud: service,
      nbf: now - 10,
      iat: now,
      exp: now + lifetime,
      jti: randomUUID(),
    };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ typ: 'JWT', alg: 'ES256', x5c: [certificate] })}.${part({ ...claims, access })}`;
    const signature = sign('sha256', Buffer.from(unsigned), { key, dsaEncoding: 'ieee-p1363' });
    return `${unsigned}.${signature.toString('base64url')}`;
  }

  const byPassword = (user: string, password: string) => (users[user] === password ? user : undefined);
  const server = await startHttpServer((request, response) => {
    void text(request).then((body) => {
      const query = new URL(request.url ?? '', 'http://x').searchParams;
      const isPost = request.method === 'POST';
      const parameters = isPost ? new URLSearchParams(body) : query;
      const scopes = isPost ? (parameters.get('scope') ?? '').split(' ') : query.getAll('scope');
      const user = isPost ? byForm(parameters) : byHeader(request.headers.authorization);
      const service = parameters.get('service') ?? '';
      requests.push({ method: request.method ?? '', user, service, scopes, headers: request.headers });
      if (isPost && options.oauth === false) return response.writeHead(404).end();
      if (user === undefined) return response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
      const token = tokenFor(user, service, scopes);
      issued.push(token);
      const answer = isPost
        ? { access_token: token, scope: scopes.join(' '), expires_in: lifetime, refresh_token: refreshToken(user) }
        : { token, expires_in: lifetime };
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  const byForm = (form: URLSearchParams) =>
    form.get('grant_type') === 'refresh_token'
      ? refreshTokens.get(form.get('refresh_token') ?? '')
      : byPassword(form.get('username') ?? '', form.get('password') ?? '');
  const byHeader = (header: string | undefined) => {
    if (header === undefined) return anonymous.length === 0 ? undefined : '';
    const [, user = '', password = ''] = /^([^:]*):(.*)$/.exec(Buffer.from(header.slice(6), 'base64').toString()) ?? [];
    return byPassword(user, password);
  };

  return {
    host: server.host,
    realm: `http://${server.host}/token`,
    issuer: ISSUER,
    certificateFile: authority.certFile,
    requests,
    issued,
    refreshToken,
    stop: () => server.stop(),
  };
}
