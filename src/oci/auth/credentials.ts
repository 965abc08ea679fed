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

/** `anonymous` ends the search: no further source is asked, and no credential is used. */
export type CredentialSource = (request: CredentialRequest) => Promise<Credential | 'anonymous' | undefined>;

/**
 * Combines sources; the first one with an answer wins. A source that fails does not prevent the next one from being
 * asked; if none has an answer, the first failure is thrown, so that the error for a rejected request can state it.
 * @param onProblem called with each failure
 */
export function chainProviders(
  sources: readonly CredentialSource[],
  onProblem?: (problem: unknown) => void,
): CredentialProvider {
  return async (request) => {
    const problems: unknown[] = [];
    for (const source of sources) {
      try {
        const answer = await source(request);
        if (answer !== undefined) return answer === 'anonymous' ? undefined : answer;
      } catch (problem) {
        problems.push(problem);
        onProblem?.(problem);
      }
    }
    if (problems.length > 0) throw problems[0];
    return undefined;
  };
}
