import { printable } from '../../base/printable.ts';

/** A piece of HTML that is safe to insert. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | readonly Part[];

/** Maximum length of an inserted text. */
const MAX_LENGTH = 4000;

/** Builds HTML; everything inserted is escaped, unless it is Html itself. `undefined` inserts nothing. */
export function html(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(pieces.reduce((text, piece, position) => text + insert(parts[position - 1]) + piece));
}

/** A link that runs a command in a page that allows it. */
export function commandLink(command: string, title: string, ...args: readonly unknown[]): Html {
  return html`<a class="action" href="command:${command}?${encodeURIComponent(JSON.stringify(args))}">${title}</a>`;
}

function insert(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(insert).join('');
  return escape(printable(String(part), MAX_LENGTH));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
