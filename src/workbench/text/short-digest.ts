/** Enough of a digest to tell it from others: its first twelve hexadecimal digits, as docker shows them. */
export function shortDigest(digest: string): string {
  const start = digest.indexOf(':') + 1;
  return digest.slice(start, start + 12);
}
