import { isDeepStrictEqual } from 'node:util';

import type { Credential, CredentialProvider, Side } from './credentials.ts';
import { AirgapError, isAbort } from '../../base/errors.ts';
import type { RegistryTransport } from '../registry-transport.ts';
import { chooseChallenge, checkRealm, followRealm } from './challenge.ts';
import type { Challenge } from './challenge.ts';
import { CredentialStore } from './credential-store.ts';
import type { Found } from './credential-store.ts';
import { scopesOf, withMissing } from './scopes.ts';
import type { Access } from './scopes.ts';
import { basicHeader, requestToken } from './token-request.ts';
import type { Token } from './token-request.ts';

interface Entry {
  readonly promise: Promise<Token>;
  token?: Token;
}

/** The tokens of one registry by their scopes: requested once at a time for each, and renewed before they expire. */
class TokenStore {
  readonly #entries = new Map<string, Entry>();

  /**
   * @param reserve milliseconds for which the token must still be valid
   * @param ask requests a new token
   */
  async get(key: string, reserve: (token: Token) => number, ask: () => Promise<Token>): Promise<Token> {
    const known = this.#entries.get(key);
    const isStale = known?.token !== undefined && Date.now() > known.token.expires - reserve(known.token);
    if (known !== undefined && !isStale) return known.promise;
    const entry: Entry = { promise: ask() };
    this.#entries.set(key, entry);
    try {
      entry.token = await entry.promise;
      return entry.token;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** Drops a rejected token; one that has been renewed since is kept. */
  drop(key: string, value: string): void {
    if (this.#entries.get(key)?.token?.value === value) this.#entries.delete(key);
  }
}

export interface AuthorizerOptions {
  readonly transport: RegistryTransport;
  readonly credentials: CredentialProvider;
  readonly side: Side;
  /** host[:port] as in references, by which credentials are looked up */
  readonly registry: string;
  readonly trustedTokenRealms: readonly string[];
}

/** How a request was authorized. */
export interface Authorization {
  /** The Authorization header; undefined if there is nothing to send. */
  readonly header: string | undefined;
  readonly credential: Credential | undefined;
  /** Whether its token was issued for this request, so that a new one would not differ. */
  readonly isNew: boolean;
}

export interface AuthorizationRequest {
  readonly access: Access;
  /** The body takes some time and can only be sent once, so the token must stay valid for a while. */
  readonly isLong: boolean;
  readonly signal: AbortSignal;
}

/** Creates the Authorization header of requests to one registry, and learns from rejected requests. */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #credentials: CredentialStore;
  readonly #tokens = new TokenStore();
  /** Refresh tokens with which a token server replaced the original ones. */
  readonly #refreshTokens = new Map<string, string>();
  /** The scope that the registry reported as missing, by the requested scopes. */
  readonly #missing = new Map<string, string>();
  #challenge: Challenge | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
    this.#credentials = new CredentialStore(options);
  }

  /** Records the authentication that the registry requires. */
  challenge(header: string | undefined): void {
    this.#challenge = chooseChallenge(header) ?? this.#challenge;
  }

  /** The authorization for a request to `origin`, which is the registry's. */
  async authorize(origin: URL, request: AuthorizationRequest): Promise<Authorization> {
    const challenge = this.#challenge;
    if (challenge === undefined) return { header: undefined, credential: undefined, isNew: false };
    const { credential } = await this.find(request.access);
    if (challenge.scheme === 'basic') {
      const isBasic = credential?.kind === 'basic';
      const header = isBasic ? basicHeader(credential.username, credential.password) : undefined;
      return { header, credential, isNew: false };
    }
    if (credential?.kind === 'registry-token') {
      return { header: `Bearer ${credential.token}`, credential, isNew: false };
    }
    const started = Date.now();
    const token = await this.#token(challenge, origin, request);
    return { header: `Bearer ${token.value}`, credential, isNew: token.expires - token.lifetime >= started };
  }

  /** Whether a token server has accepted this credential: without a token, no request would have been sent. */
  hasToken(credential: Credential | undefined): boolean {
    return this.#challenge?.scheme === 'bearer' && credential !== undefined && credential.kind !== 'registry-token';
  }

  find({ repository }: Access): Promise<Found> {
    return this.#credentials.find(repository);
  }

  /**
   * The registry rejected a request.
   * @returns whether another attempt may succeed: with a new token, with more scopes, or with another password
   */
  async refused(access: Access, wwwAuthenticate: string | undefined, sent: Authorization): Promise<boolean> {
    const before = this.#challenge;
    this.challenge(wwwAuthenticate);
    if (this.#challenge === undefined) return false;
    // No credential was sent, because the registry had not asked for one yet.
    if (before?.scheme !== this.#challenge.scheme && sent.header === undefined) return true;
    if (this.#challenge.scheme === 'bearer' && sent.credential?.kind !== 'registry-token') {
      this.#tokens.drop(scopesOf(access).join(' '), (sent.header ?? '').replace(/^Bearer /, ''));
      if (this.#learn(access, this.#challenge) || !sent.isNew) return true;
      // A new token was rejected, so the user lacks permission; a user without credentials may have logged in
      // meanwhile.
      if (sent.credential !== undefined) return false;
    }
    return this.#credentials.refused(access.repository, sent.credential);
  }

  /** Whether the registry requires more scopes than the token was issued for. */
  #learn(access: Access, { parameters }: Challenge): boolean {
    const key = scopesOf(access).join(' ');
    const before = withMissing(access, this.#missing.get(key));
    const scope = parameters.get('scope');
    if (scope === undefined || isDeepStrictEqual(withMissing(access, scope), before)) return false;
    this.#missing.set(key, scope);
    return true;
  }

  async #token(challenge: Challenge, origin: URL, { access, isLong, signal }: AuthorizationRequest): Promise<Token> {
    const key = scopesOf(access).join(' ');
    // Relative to the lifetime: Docker Hub's tokens are valid for five minutes, others for one.
    const reserve = ({ lifetime }: Token) => (isLong ? lifetime / 2 : Math.min(30_000, lifetime / 4));
    let isFirst = false;
    const ask = () => {
      isFirst = true;
      return this.#ask(challenge, origin, access, signal);
    };
    try {
      return await this.#tokens.get(key, reserve, ask);
    } catch (error) {
      // The caller that requested the token first was canceled; others that wait for the same token were not. A closed
      // transport aborts all.
      if (isAbort(error) && !isFirst && !signal.aborted)
        return this.#token(challenge, origin, { access, isLong, signal });
      throw error;
    }
  }

  async #ask(challenge: Challenge, origin: URL, access: Access, signal: AbortSignal): Promise<Token> {
    const { credential, problem } = await this.find(access);
    try {
      return await this.#request(challenge, origin, access, credential, signal);
    } catch (error) {
      if (!(error instanceof AirgapError)) throw error;
      // There may be no password because a file could not be read or a helper failed.
      if (credential === undefined)
        throw new AirgapError(error.code, error.template, error.args, error.cause ?? problem);
      // GitHub's token server responds with 403 to an expired password.
      const isRefusal = ['oci.unauthorized', 'oci.forbidden'].includes(error.code);
      if (!isRefusal || !(await this.#credentials.refused(access.repository, credential))) throw error;
      return this.#request(challenge, origin, access, (await this.find(access)).credential, signal);
    }
  }

  async #request(
    challenge: Challenge,
    origin: URL,
    access: Access,
    credential: Credential | undefined,
    signal: AbortSignal,
  ): Promise<Token> {
    const { transport, registry, trustedTokenRealms } = this.#options;
    const rules = { registry, trusted: trustedTokenRealms, withSecret: credential !== undefined };
    const realm = checkRealm(challenge.parameters.get('realm') ?? '', origin, rules);
    const isToken = credential?.kind === 'identity-token';
    const refreshToken = isToken ? (this.#refreshTokens.get(credential.token) ?? credential.token) : undefined;
    const scopes = withMissing(access, this.#missing.get(scopesOf(access).join(' ')));
    const service = challenge.parameters.get('service');
    const token = await requestToken(
      transport,
      {
        registry,
        realm,
        service,
        scopes,
        credential: isToken ? { ...credential, token: refreshToken ?? '' } : credential,
        follow: (location, from) => followRealm(location, from, origin, rules),
      },
      signal,
    );
    if (isToken && token.refreshToken !== undefined) this.#refreshTokens.set(credential.token, token.refreshToken);
    return token;
  }
}
