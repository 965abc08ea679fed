/** Characters kept from each end of a text; tools may print a lot, and the meaning is at one of the ends. */
const KEPT = 4000;

/**
 * Joins a Carvel tool's error into one line, by reversing its formatter, which turns each `: ` into a line break with
 * two more spaces of indentation.
 */
export function normalizeFailure(message: string): string {
  const kept = message.length <= 2 * KEPT ? message : `${message.slice(0, KEPT)} … ${message.slice(-KEPT)}`;
  return kept
    .replace(/:[ \t]*\r?\n[ \t]*/g, ': ')
    .replace(/\s*\r?\n\s*/g, ' ')
    .trim();
}

/** Removes the lead-in of the tool and of vendir, which is the same for every fetch error. */
export function innerFailure(normalized: string): string {
  return normalized
    .replace(/^(vendir|kbld|kapp|ytt|imgpkg): Error: /, '')
    .replace(/^Syncing directory '0': Syncing directory '\.' with \w+ contents: /, '');
}
