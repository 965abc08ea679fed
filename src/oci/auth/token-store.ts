import type { Token } from './token-request.ts';

interface Entry {
  readonly promise: Promise<Token>;
  token?: Token;
}

/** The tokens of one registry by their scopes: requested once at a time for each, and renewed before they expire. */
export class TokenStore {
  readonly #entries = new Map<string, Entry>();

  /**
   * @param reserve milliseconds for which the token must still be valid
   * @param ask requests a new token
   */
  async get(key: string, reserve: (token: Token) => number, ask: () => Promise<Token>): Promise<Token> {
    const known = this.#entries.get(key);
    const isStale = known?.token !== undefined && Date.now() > known.token.expires - reserve(known.token);
    if (known !== undefined && !isStale) return known.promise;
    const entry: Entry = { promise: ask() };
    this.#entries.set(key, entry);
    try {
      entry.token = await entry.promise;
      return entry.token;
    } catch (error) {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
      throw error;
    }
  }

  /** Drops a rejected token; one that has been renewed since is kept. */
  drop(key: string, value: string): void {
    if (this.#entries.get(key)?.token?.value === value) this.#entries.delete(key);
  }
}
