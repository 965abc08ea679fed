/** Characters kept of each end of a text: a tool may print much, and what it means stands at an end. */
const KEPT = 4000;

/**
 * The text of a Carvel tool's error on one line: their formatter turns each `: ` into a newline and two more spaces, which is
 * undone here (reference/packaging-apis.md 6.2).
 */
export function normaliseFailure(message: string): string {
  const kept = message.length <= 2 * KEPT ? message : `${message.slice(0, KEPT)} … ${message.slice(-KEPT)}`;
  return kept
    .replace(/:[ \t]*\r?\n[ \t]*/g, ': ')
    .replace(/\s*\r?\n\s*/g, ' ')
    .trim();
}

/** The part that says something: without the tool's and vendir's lead-in, which every fetch error has. */
export function innerFailure(normalised: string): string {
  return normalised
    .replace(/^(vendir|kbld|kapp|ytt|imgpkg): Error: /, '')
    .replace(/^Syncing directory '0': Syncing directory '\.' with \w+ contents: /, '');
}
