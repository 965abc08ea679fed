// Control characters (C0, C1), line separators and bidirectional formatting characters (Unicode TR36, 2.9).
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Makes text from a server, an archive or a file safe to display: one line, no terminal escapes, no bidirectional
 * formatting, at most `limit` characters.
 */
export function printable(text: string, limit = 400): string {
  const clean = text.replace(UNPRINTABLE, '\ufffd');
  return clean.length <= limit ? clean : `${clean.slice(0, limit)}…`;
}

// ECMA-48: colors, cursor movement and titles.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

/** Makes the output of a program safe to display: without colors, and each line as `printable` makes it. */
export function printableLines(text: string): string {
  const lines = text.replace(ESCAPES, '').split(/\r?\n/);
  return lines.map((line) => printable(line.replaceAll('\t', '  '), LINE_LIMIT)).join('\n');
}

/** Characters. */
const LINE_LIMIT = 2000;
