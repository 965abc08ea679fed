import type { Credential } from '../../oci/credentials.ts';

export type Hide = (text: string) => string;

/** Shorter ones are in too many words to be taken out of a text; nobody's registry is protected by them. */
const SHORTEST = 4;

/**
 * The secrets that registries were asked with since the window was opened. A server may say them back in an error, and a
 * proxy's address holds its password: whatever is shown or logged goes through `hide`.
 */
export class KnownSecrets {
  /** Longest first: one secret may be the beginning of another. */
  #forms: readonly string[] = [];

  note(credential: Credential): void {
    if (credential.kind !== 'basic') return this.#add(credential.token);
    this.#add(credential.password);
    this.#add(Buffer.from(`${credential.username}:${credential.password}`).toString('base64'));
  }

  /** The password of an address, such as a proxy's. */
  noteUrl(address: string): void {
    if (!URL.canParse(address)) return;
    const { password } = new URL(address);
    this.#add(password);
    this.#add(decoded(password));
  }

  readonly hide: Hide = (text) => this.#forms.reduce((hidden, form) => hidden.replaceAll(form, '•••'), text);

  #add(secret: string): void {
    if (secret.length < SHORTEST || this.#forms.includes(secret)) return;
    const forms = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
    this.#forms = [...new Set([...this.#forms, ...forms])].sort((a, b) => b.length - a.length);
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
