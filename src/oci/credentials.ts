/** Which end of a relocation asks: both have credentials of their own, even on one host. */
export type Side = 'source' | 'destination';

/** What a registry is asked with. `origin` says where it came from ("docker config", "VS Code"), never the secret. */
export type Credential = { readonly origin: string } & (
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token; the user is for token servers that take it as a password. */
  | { readonly kind: 'identity-token'; readonly token: string; readonly username?: string }
  | { readonly kind: 'registry-token'; readonly token: string }
);

export interface CredentialRequest {
  readonly side: Side;
  /** host[:port] as in references */
  readonly registry: string;
  /** empty for requests to the registry itself, such as the catalog */
  readonly repository: string;
  /** What was given before was refused: nothing is answered from what is kept, helpers are asked anew. */
  readonly afterRefusal?: boolean;
}

/** The one place that knows secrets. Undefined means anonymous. */
export type CredentialProvider = (request: CredentialRequest) => Promise<Credential | undefined>;

export const anonymous: CredentialProvider = () => Promise.resolve(undefined);
