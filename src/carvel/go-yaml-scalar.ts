/** The position of a scalar in the output. */
export interface ScalarPlace {
  /** Column of its first character. */
  readonly column: number;
  /** Indentation of its continuation lines. */
  readonly indent: number;
  /** A key must stay on one line. */
  readonly isKey: boolean;
}

/** Lines are broken at the first space after this column. */
const WIDTH = 80;
const BREAK = /[\n\r\u0085\u2028\u2029]/;
/** Characters that require quotes: tabs, control characters, U+FEFF and everything beyond 16 bits. */
const UNPRINTABLE = /[^\n\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
/** Special at the beginning of a scalar; `: ` and ` #` are special anywhere. */
const INDICATOR = /^(?:[#,[\]{}&*!|>'"%@`]|[?:-](?:[ \n]|$)|---|\.\.\.)|:(?:[ \n]|$)| #/;
/** Texts that YAML 1.1 would read as a boolean, null, number or date. */
const AMBIGUOUS = [
  /^(?:|~|y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|null|Null|NULL)$/,
  /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?_*$/,
  /^[-+]?_*0_*(?:[xX][0-9a-fA-F_]+|[oO][0-7_]+|[bB][01_]+)$/,
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]| )[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})?)?$/,
];

/** Formats a text in the style that Go's yaml package chooses; a block scalar ends with its line break. */
export function plainOrQuoted(text: string, place: ScalarPlace): string {
  const isSpecial = UNPRINTABLE.test(text) || / [\n\r\u0085\u2028\u2029]/.test(text);
  const hasBreaks = BREAK.test(text);
  if (text.includes('\n')) {
    const isBlock = !isSpecial && !text.endsWith(' ') && !place.isKey;
    return isBlock ? block(text, place) : doubleQuoted(text, place);
  }
  // As a key, imgpkg writes it unquoted and then cannot read it back, because it would merge a mapping.
  const isMerge = place.isKey && text === '<<';
  if (isSpecial || hasBreaks || isMerge || AMBIGUOUS.some((pattern) => pattern.test(text))) {
    return doubleQuoted(text, place);
  }
  if (!INDICATOR.test(text) && !/^ | $/.test(text)) return folded(text, place, '');
  return `'${folded(text.replaceAll("'", "''"), { ...place, column: place.column + 1 }, "'")}'`;
}

/** Breaks a long line at spaces between words. */
function folded(text: string, { column, indent, isKey }: ScalarPlace, quote: '' | "'"): string {
  if (isKey) return text;
  const characters = Array.from(text);
  let at = column;
  return characters
    .map((character, index) => {
      const isBetweenWords = character === ' ' && characters[index - 1] !== ' ' && characters[index + 1] !== ' ';
      const isInside = quote === '' || (index > 0 && index < characters.length - 1);
      if (!isBetweenWords || !isInside || at <= WIDTH) {
        at++;
        return character;
      }
      at = indent;
      return `\n${' '.repeat(indent)}`;
    })
    .join('');
}

function block(text: string, { indent }: ScalarPlace): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomping = !text.endsWith('\n') ? '-' : /^\n$|\n\n$/.test(text) ? '+' : '';
  const lines = text.replace(/\n$/, '').split('\n');
  const pad = ' '.repeat(indent);
  return `|${hint}${chomping}\n${lines.map((line) => (line === '' ? '' : pad + line)).join('\n')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function doubleQuoted(text: string, { column, indent, isKey }: ScalarPlace): string {
  const characters = Array.from(text);
  let at = column + 1;
  let wasSpace = false;
  const written = characters.map((character, index) => {
    const isInside = index > 0 && index < characters.length - 1;
    if (character === ' ' && !isKey && !wasSpace && at > WIDTH && isInside) {
      wasSpace = true;
      at = indent;
      return `\n${' '.repeat(indent)}${characters[index + 1] === ' ' ? '\\' : ''}`;
    }
    wasSpace = character === ' ';
    const one = escaped(character);
    at += one.length;
    return one;
  });
  return `"${written.join('')}"`;
}

function escaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (!UNPRINTABLE.test(character)) return character;
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`;
}
