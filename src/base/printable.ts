// Control characters (C0, C1), line separators, and the marks that change the direction of text (Unicode TR36, 2.9).
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * What a server, an archive or a file said, made safe to show: one line, no terminal escapes, no direction marks, at most
 * `limit` characters.
 */
export function printable(text: string, limit = 400): string {
  const clean = text.replace(UNPRINTABLE, '\ufffd');
  return clean.length <= limit ? clean : `${clean.slice(0, limit)}…`;
}
