/** Deeper than anything of ours; the parser needs time by the square of the depth, and a stack. */
const MOST_DEEP = 500;
const BLOCK_START = new RegExp(`^[ \\t]*(?:[-?:][ \\t]+){${MOST_DEEP},}`, 'm');

/**
 * Whether a text would keep a YAML parser busy with nothing but nesting: told by its brackets, and by dashes in one line,
 * before it is parsed. Brackets in quotes count too, which no honest text has so many of.
 */
export function isNestedBeyondReason(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > MOST_DEEP) return true;
    if (depth < 0) depth = 0;
  }
  return BLOCK_START.test(text);
}
