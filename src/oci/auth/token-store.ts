import type { Token } from './token-request.ts';

interface Entry {
  readonly promise: Promise<Token>;
  token?: Token;
}

/** The tokens of one registry by their scopes: one request to the token server at a time for each, renewed in time. */
export class TokenStore {
  readonly #entries = new Map<string, Entry>();

  /**
   * @param reserve milliseconds that the token has to be good for still
   * @param ask gets a new one
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

  /** Drops a token that was refused; one that was renewed since stays. */
  drop(key: string, value: string): void {
    if (this.#entries.get(key)?.token?.value === value) this.#entries.delete(key);
  }
}
