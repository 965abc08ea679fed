import type { Credential } from './credentials.ts';

export type Hide = (text: string) => string;

/** Shorter secrets are not hidden: they occur in ordinary words, and they protect nothing. */
const MIN_LENGTH = 4;

/**
 * The secrets used since the window was opened. Servers may repeat them in errors and proxy addresses contain passwords, so
 * every text that is shown or logged passes through `hide`.
 */
export class KnownSecrets {
  /** Longest first, because one secret may be a prefix of another. */
  #forms: readonly string[] = [];

  note(credential: Credential): void {
    if (credential.kind !== 'basic') return this.#add(credential.token);
    this.#add(credential.password);
    this.#add(Buffer.from(`${credential.username}:${credential.password}`).toString('base64'));
  }

  /** Records the password in a URL, such as the address of a proxy. */
  noteUrl(address: string): void {
    if (!URL.canParse(address)) return;
    const { password } = new URL(address);
    this.#add(password);
    this.#add(decoded(password));
  }

  readonly hide: Hide = (text) => this.#forms.reduce((hidden, form) => hidden.replaceAll(form, '•••'), text);

  #add(secret: string): void {
    if (secret.length < MIN_LENGTH || this.#forms.includes(secret)) return;
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
