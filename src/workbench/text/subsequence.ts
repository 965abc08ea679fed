/** Whether all letters of `part` are in `whole` in this order, as VS Code's lists filter; case and blanks do not matter. */
export function isSubsequence(part: string, whole: string): boolean {
  const letters = whole.toLowerCase();
  let from = 0;
  for (const letter of part.toLowerCase().replace(/\s+/g, '')) {
    const found = letters.indexOf(letter, from);
    if (found < 0) return false;
    from = found + 1;
  }
  return true;
}
