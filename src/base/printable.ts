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
