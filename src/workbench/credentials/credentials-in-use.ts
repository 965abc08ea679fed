import type { CredentialProvider } from '../../oci/credentials.ts';

/** Which source gave the credential that a registry was asked with last. Known only where the registry wants one. */
export class CredentialsInUse {
  readonly #origins = new Map<string, string | undefined>();
  readonly #changed: (registry: string, repository: string) => void;

  constructor(changed: (registry: string, repository: string) => void) {
    this.#changed = changed;
  }

  /** Takes note of what a provider gives. */
  watch(provider: CredentialProvider): CredentialProvider {
    return async (request) => {
      const credential = await provider(request);
      const { registry, repository } = request;
      const key = `${registry}/${repository}`;
      const isNew = !this.#origins.has(key) || this.#origins.get(key) !== credential?.origin;
      this.#origins.set(key, credential?.origin);
      if (isNew) this.#changed(registry, repository);
      return credential;
    };
  }

  /** @returns undefined where no credential was wanted */
  at(registry: string, repository = ''): { readonly origin: string | undefined } | undefined {
    const key = `${registry}/${repository}`;
    return this.#origins.has(key) ? { origin: this.#origins.get(key) } : undefined;
  }

  /** Credentials or settings changed: what was used before says nothing any more. */
  reset(): void {
    this.#origins.clear();
  }
}
