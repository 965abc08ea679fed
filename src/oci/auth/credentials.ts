/** The side of a relocation that asks: each has its own credentials, even on the same host. */
export type Side = 'source' | 'destination';

/**
 * How requests to a registry are authenticated. `origin` states the source ("docker config", "VS Code"), never the
 * secret.
 */
export type Credential = { readonly origin: string } & (
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token; the user name is for token servers that accept the token as a password. */
  | { readonly kind: 'identity-token'; readonly token: string; readonly username?: string }
  | { readonly kind: 'registry-token'; readonly token: string }
);

export interface CredentialRequest {
  readonly side: Side;
  /** host[:port] as in references */
  readonly registry: string;
  /** empty for requests to the registry itself, such as the catalog */
  readonly repository: string;
  /** The previous credential was rejected: caches are bypassed and helpers are asked again. */
  readonly afterRefusal?: boolean;
}

/** The only source of secrets. Undefined means anonymous. */
export type CredentialProvider = (request: CredentialRequest) => Promise<Credential | undefined>;

export const anonymous: CredentialProvider = () => Promise.resolve(undefined);
