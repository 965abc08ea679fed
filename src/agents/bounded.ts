import { isRecord } from '../base/json.ts';
import { printable } from '../base/printable.ts';

/** The number of entries of a list that an answer did not have room for. */
export interface Omitted {
  /** The place of the list, such as `images[].neededBy`, which stands for that list of every image. */
  readonly list: string;
  readonly omitted: number;
}

export interface Bounded {
  readonly value: unknown;
  readonly more: readonly Omitted[];
}

/** Characters of a document in JSON: about 8,000 tokens. */
export const MAX_CHARACTERS = 32_000;
/** Characters of one text. */
const MAX_TEXT = 1000;
const MAX_DEPTH = 12;
/** Maximum entries of each list and object; the first with which the document fits is used. */
const STEPS = [100, 50, 25, 12, 6, 3, 1];

// Characters that are not shown but that a model reads: zero-width and invisible ones, variation selectors and tags.
const INVISIBLE =
  /\u00ad|\u034f|[\u115f-\u1160]|[\u17b4-\u17b5]|[\u180b-\u180f]|[\u200b-\u200d]|[\u2060-\u206f]|\u3164|[\ufe00-\ufe0f]|\ufeff|\uffa0|[\ufff0-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

/**
 * Makes a text from a registry, a cluster or a file fit for an answer: bounded, without invisible characters, and without
 * anything that looks like a credential.
 * @param hide removes the secrets that were used
 */
export function agentText(text: string, hide: (text: string) => string): string {
  const masked = hide(text)
    .replace(/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[removed]')
    .replace(/\b(bearer|basic)\s+([\w+/=.~-]{8,})/gi, (words: string, scheme: string, token: string) =>
      // "basic authentication" is no credential.
      /[\d=.]|[a-z][A-Z]/.test(token) ? `${scheme} [removed]` : words,
    )
    .replace(/:\/\/[^/\s@]+@/g, '://[removed]@');
  return printable(masked.replace(INVISIBLE, '\ufffd'), MAX_TEXT);
}

/**
 * Copies a document for an answer so that its JSON has at most MAX_CHARACTERS: long lists are cut, and `more` says how many
 * entries are missing where. The order of the entries decides which of them stay.
 */
export function bounded(document: unknown, hide: (text: string) => string): Bounded {
  for (const step of STEPS) {
    const copier = new Copier(step, hide);
    const value = copier.copy(document, '', 0);
    if (JSON.stringify(value).length <= MAX_CHARACTERS) return { value, more: copier.more() };
  }
  const kind = isRecord(document) && typeof document['kind'] === 'string' ? document['kind'] : 'Unknown';
  return { value: { kind: agentText(kind, hide), isTooLarge: true }, more: [] };
}

class Copier {
  readonly #limit: number;
  readonly #hide: (text: string) => string;
  readonly #omitted = new Map<string, number>();

  constructor(limit: number, hide: (text: string) => string) {
    this.#limit = limit;
    this.#hide = hide;
  }

  more(): Omitted[] {
    return [...this.#omitted].map(([list, omitted]) => ({ list, omitted }));
  }

  copy(value: unknown, place: string, depth: number): unknown {
    if (typeof value === 'string') return agentText(value, this.#hide);
    if (typeof value !== 'object' || value === null) return value;
    if (depth > MAX_DEPTH) return '…';
    if (Array.isArray(value)) {
      const kept: readonly unknown[] = this.#cut(value, place);
      return kept.map((each) => this.copy(each, `${place}[]`, depth + 1));
    }
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    // The fields of our own documents are few; more of them are a map from outside.
    const kept = entries.length <= 40 ? entries : this.#cut(entries, place);
    return Object.fromEntries(
      kept.map(([name, each]) => [
        agentText(name, this.#hide),
        this.copy(each, place === '' ? name : `${place}.${name}`, depth + 1),
      ]),
    );
  }

  #cut<Entry>(list: readonly Entry[], place: string): readonly Entry[] {
    if (list.length <= this.#limit) return list;
    const name = printable(place, 100);
    this.#omitted.set(name, (this.#omitted.get(name) ?? 0) + list.length - this.#limit);
    return list.slice(0, this.#limit);
  }
}
