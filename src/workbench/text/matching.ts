/** Matches names that contain all typed words, in any order and case. */
export function nameFilter(text: string): (name: string) => boolean {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return (name) => {
    const lower = name.toLowerCase();
    return words.every((word) => lower.includes(word));
  };
}

/** Whether the letters of `part` occur in `text` in this order, as in the filters of VS Code, ignoring case and spaces. */
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
