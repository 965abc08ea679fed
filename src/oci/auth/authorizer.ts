import { SingleFlight } from '../../base/single-flight.ts';
import type { Credential, CredentialProvider, Side } from '../credentials.ts';
import type { HttpTransport } from '../http/transport.ts';
import { chooseChallenge } from './challenge.ts';
import type { Challenge } from './challenge.ts';
import { checkRealm } from './realm.ts';
import { basicHeader, requestToken } from './token-request.ts';
import type { Token } from './token-request.ts';

/** What a request wants to do. */
export interface Access {
  /** repository path; empty for the registry itself */
  readonly repository: string;
  readonly actions: 'pull' | 'pull,push';
  /** Another repository of the registry that is read in the same request: the source of a mount. */
  readonly mountFrom?: string;
}

export interface AuthorizerOptions {
  readonly transport: HttpTransport;
  readonly credentials: CredentialProvider;
  readonly side: Side;
  /** host[:port] as in references, for which credentials are kept */
  readonly registry: string;
  readonly trustedTokenRealms: readonly string[];
}

/**
 * Makes the Authorization header of requests to one registry. Tokens are shared by all requests of one scope: one request
 * to the token server at a time, renewed before they expire.
 */
export class Authorizer {
  readonly #options: AuthorizerOptions;
  readonly #tokens = new SingleFlight<string, Token>();
  #challenge: Challenge | undefined;

  constructor(options: AuthorizerOptions) {
    this.#options = options;
  }

  /** Takes note of what the registry asks for. */
  challenge(header: string | undefined): void {
    this.#challenge = chooseChallenge(header) ?? this.#challenge;
  }

  /** The header's value for a request to `origin`; undefined where the registry asks for none or there is no credential. */
  async header(origin: URL, access: Access, signal: AbortSignal): Promise<string | undefined> {
    if (this.#challenge === undefined) return undefined;
    const credential = await this.credential(access.repository);
    if (this.#challenge.scheme === 'basic') {
      return credential?.kind === 'basic' ? basicHeader(credential.username, credential.password) : undefined;
    }
    if (credential?.kind === 'registry-token') return `Bearer ${credential.token}`;
    const token = await this.#token(this.#challenge, origin, access, credential, signal);
    return `Bearer ${token.value}`;
  }

  /** Whether a second request can do better after this challenge: with a new token, or with a password not sent before. */
  mayHelp(wwwAuthenticate: string): boolean {
    return chooseChallenge(wwwAuthenticate)?.scheme === 'bearer' || this.#challenge?.scheme !== 'basic';
  }

  /** The registry refused what it was sent: the next header is made anew. */
  refused(access: Access, wwwAuthenticate: string | undefined): void {
    this.challenge(wwwAuthenticate);
    this.#tokens.forget(scopesOf(access).join(' '));
  }

  credential(repository: string): Promise<Credential | undefined> {
    const { credentials, side, registry } = this.#options;
    return credentials({ side, registry, repository });
  }

  async #token(
    challenge: Challenge,
    origin: URL,
    access: Access,
    credential: Credential | undefined,
    signal: AbortSignal,
  ): Promise<Token> {
    const realm = checkRealm(challenge.parameters.get('realm') ?? '', origin, this.#options.trustedTokenRealms);
    const scopes = scopesOf(access);
    const service = challenge.parameters.get('service');
    const { transport, registry } = this.#options;
    const ask = () => requestToken(transport, { registry, realm, service, scopes, credential }, signal);
    const key = scopes.join(' ');
    const token = await this.#tokens.do(key, ask);
    // Relative to what it was good for: Docker Hub's tokens live five minutes, others a minute.
    const early = Math.min(30_000, token.lifetime / 4);
    if (Date.now() < token.expires - early) return token;
    this.#tokens.forget(key);
    return this.#tokens.do(key, ask);
  }
}

function scopesOf({ repository, actions, mountFrom }: Access): string[] {
  if (repository === '') return ['registry:catalog:*'];
  const scopes = [`repository:${repository}:${actions}`];
  if (mountFrom !== undefined && mountFrom !== repository) scopes.push(`repository:${mountFrom}:pull`);
  return scopes;
}
