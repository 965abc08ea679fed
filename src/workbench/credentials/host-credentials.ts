import type { Credential, CredentialProvider, CredentialRequest } from '../../oci/credentials.ts';
import type { CredentialStore } from './credential-store.ts';
import { toCredential } from './entered-credential.ts';
import type { EnteredCredential } from './entered-credential.ts';
import type { KnownSecrets } from './known-secrets.ts';

export interface HostCredentialsOptions {
  readonly store: CredentialStore;
  /** The environment, the docker config and what else is there without us; asked where nothing was entered. */
  readonly others: CredentialProvider;
  readonly secrets: KnownSecrets;
}

/** The one place of the extension that hands out credentials. */
export class HostCredentials {
  readonly #options: HostCredentialsOptions;

  constructor(options: HostCredentialsOptions) {
    this.#options = options;
  }

  /** For relocations: each side has its own. */
  readonly relocation: CredentialProvider = async (request) =>
    this.#noted((await this.#entered(request)) ?? (await this.#options.others(request)));

  /** For looking into a registry, which is neither side: those of the source first. */
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
 * The credential for a request: that with the longest prefix which the repository is, or is below; of two with one prefix the
 * one that was entered for this side alone. Requests to the registry itself get only what counts for all of it.
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
