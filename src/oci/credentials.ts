/** Which end of a relocation asks: both have credentials of their own, even on one host. */
export type Side = 'source' | 'destination';

/** What a registry is asked with. `origin` says where it came from ("docker config", "VS Code"), never the secret. */
export type Credential = { readonly origin: string } & (
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'identity-token'; readonly token: string }
  | { readonly kind: 'registry-token'; readonly token: string }
);

export interface CredentialRequest {
  readonly side: Side;
  /** host[:port] as in references */
  readonly registry: string;
  /** empty for requests to the registry itself, such as the catalog */
  readonly repository: string;
}

/** The one place that knows secrets. Undefined means anonymous. */
export type CredentialProvider = (request: CredentialRequest) => Promise<Credential | undefined>;

export const anonymous: CredentialProvider = () => Promise.resolve(undefined);
