import { isDeepStrictEqual } from 'node:util';

import type { Credential, CredentialProvider, Side } from './credentials.ts';

export interface CredentialStoreOptions {
  readonly credentials: CredentialProvider;
  readonly side: Side;
  /** host[:port] as in references */
  readonly registry: string;
}

/** The result of a provider. Its failure matters only if the registry requires credentials. */
export interface Found {
  readonly credential: Credential | undefined;
  readonly problem?: unknown;
}

/**
 * The credentials of one registry, each looked up once, because a provider may have to start a helper or ask another
 * process.
 */
export class CredentialStore {
  readonly #options: CredentialStoreOptions;
  readonly #found = new Map<string, Promise<Found>>();

  constructor(options: CredentialStoreOptions) {
    this.#options = options;
  }

  /** @param repository path; empty for the registry itself */
  find(repository: string): Promise<Found> {
    let found = this.#found.get(repository);
    if (found === undefined) {
      found = this.#ask(repository, false);
      this.#found.set(repository, found);
    }
    return found;
  }

  /**
   * Looks up a credential again after it was rejected: a helper's password may have expired, or someone may have logged
   * in.
   * @returns whether there is another one now; the same one is not sent twice, because that can lock an account
   */
  async refused(repository: string, refused: Credential | undefined): Promise<boolean> {
    const current = await this.find(repository);
    // Another request was rejected at the same time and has already repeated the lookup.
    if (!isDeepStrictEqual(current.credential, refused)) return true;
    const latest = this.#ask(repository, true);
    this.#found.set(repository, latest);
    return !isDeepStrictEqual((await latest).credential, refused);
  }

  async #ask(repository: string, afterRefusal: boolean): Promise<Found> {
    const { credentials, side, registry } = this.#options;
    try {
      const request = { side, registry, repository };
      return { credential: await credentials(afterRefusal ? { ...request, afterRefusal } : request) };
    } catch (problem) {
      return { credential: undefined, problem };
    }
  }
}
