/** Whether all letters of `part` are in `whole` in this order, as VS Code's lists filter; case and blanks do not matter. */
export function isSubsequence(part: string, text: string): boolean {
  const lowerCaseText = text.toLowerCase();
  let from = 0;
  for (const letter of part.toLowerCase().replace(/\s+/g, '')) {
    const found = lowerCaseText.indexOf(letter, from);
    if (found < 0) return false;
    from = found + 1;
  }
  return true;
}
