import type { CredentialProvider } from '../../oci/auth/credentials.ts';

/**
 * Remembers which source provided the last credential for each registry. Registries that require no credential are not
 * listed.
 */
export class CredentialsInUse {
  readonly #origins = new Map<string, string | undefined>();
  readonly #changed: (registry: string, repository: string) => void;

  constructor(changed: (registry: string, repository: string) => void) {
    this.#changed = changed;
  }

  /** Wraps a provider to record which credentials it returns. */
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

  /** @returns undefined if no credential was required */
  at(registry: string, repository = ''): { readonly origin: string | undefined } | undefined {
    const key = `${registry}/${repository}`;
    return this.#origins.has(key) ? { origin: this.#origins.get(key) } : undefined;
  }

  /** Forgets everything after a change of credentials or settings. */
  reset(): void {
    this.#origins.clear();
  }
}
