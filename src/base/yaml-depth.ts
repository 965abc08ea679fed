/** Deeper than any legitimate file; the parser's time grows with the square of the depth, and it recurses. */
const MAX_DEPTH = 500;
const BLOCK_START = new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${MAX_DEPTH},}`, 'm');

/**
 * Whether a text is nested so deeply that parsing it would take too long, estimated from its brackets and from the
 * dashes within a line. Brackets in quotes count too, but no legitimate text has that many.
 */
export function isNestedTooDeeply(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > MAX_DEPTH) return true;
    if (depth < 0) depth = 0;
  }
  return BLOCK_START.test(text);
}
