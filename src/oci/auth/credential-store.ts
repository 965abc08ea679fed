import { isDeepStrictEqual } from 'node:util';

import type { Credential, CredentialProvider, Side } from '../credentials.ts';

export interface CredentialStoreOptions {
  readonly credentials: CredentialProvider;
  readonly side: Side;
  /** host[:port] as in references */
  readonly registry: string;
}

/** What a provider found. That it failed matters only where the registry wants credentials. */
export interface Found {
  readonly credential: Credential | undefined;
  readonly problem?: unknown;
}

/** The credentials of one registry, each asked for once: a provider may have to start a helper, or to ask another process. */
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
   * Asks anew after a refusal: a helper's password may have expired, and someone may have logged in.
   * @returns whether there is another one now; the same is not sent twice, which can lock an account
   */
  async refused(repository: string, refused: Credential | undefined): Promise<boolean> {
    const current = await this.find(repository);
    // Another request was refused at the same time and has asked already.
    if (!isDeepStrictEqual(current.credential, refused)) return true;
    const anew = this.#ask(repository, true);
    this.#found.set(repository, anew);
    return !isDeepStrictEqual((await anew).credential, refused);
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
