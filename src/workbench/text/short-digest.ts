/** Shortens a digest to its first twelve hexadecimal digits, as docker does. */
export function shortDigest(digest: string): string {
  const start = digest.indexOf(':') + 1;
  return digest.slice(start, start + 12);
}
