import type { Credential, CredentialProvider, CredentialRequest } from '../../oci/auth/credentials.ts';
import type { CredentialStore } from './credential-store.ts';
import { toCredential } from './entered-credential.ts';
import type { EnteredCredential } from './entered-credential.ts';
import type { KnownSecrets } from '../../oci/auth/known-secrets.ts';

export interface HostCredentialsOptions {
  readonly store: CredentialStore;
  /**
   * The sources outside VS Code, such as environment variables and the docker config; used if no entered credential matches.
   */
  readonly others: CredentialProvider;
  readonly secrets: KnownSecrets;
}

/** The only source of credentials in the extension. */
export class HostCredentials {
  readonly #options: HostCredentialsOptions;

  constructor(options: HostCredentialsOptions) {
    this.#options = options;
  }

  /** Credentials for relocations, which can differ by side. */
  readonly relocation: CredentialProvider = async (request) =>
    this.#noted((await this.#entered(request)) ?? (await this.#options.others(request)));

  /** Credentials for browsing, which has no side: those for the source take precedence. */
  readonly browsing: CredentialProvider = async (request) =>
    this.#noted(
      (await this.#entered({ ...request, side: 'source' })) ??
        (await this.#entered({ ...request, side: 'destination' })) ??
        (await this.#options.others(request)),
    );

  async #entered(request: CredentialRequest): Promise<Credential | undefined> {
    const found = findEntered(await this.#options.store.all(), request);
    return found === undefined ? undefined : toCredential(found);
  }

  #noted(credential: Credential | undefined): Credential | undefined {
    if (credential !== undefined) this.#options.secrets.note(credential);
    return credential;
  }
}

/**
 * Finds the credential with the longest prefix that matches the repository; with equal prefixes, the one limited to this
 * side wins. Requests to the registry itself use only credentials for the entire registry.
 */
export function findEntered(
  entered: readonly EnteredCredential[],
  { registry, repository, side }: CredentialRequest,
): EnteredCredential | undefined {
  return entered
    .filter((each) => each.registry === registry && covers(each.prefix, repository))
    .filter((each) => each.side === undefined || each.side === side)
    .sort(
      (a, b) => b.prefix.length - a.prefix.length || Number(b.side !== undefined) - Number(a.side !== undefined),
    )[0];
}

function covers(prefix: string, repository: string): boolean {
  return prefix === '' || repository === prefix || repository.startsWith(`${prefix}/`);
}
