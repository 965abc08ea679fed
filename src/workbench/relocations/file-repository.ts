/** Derives a valid repository name from a file name without its extension. */
export function repositoryForFile(file: string): string {
  const name = file.toLowerCase().replace(/(?:\.tar|(?:\.lock)?\.ya?ml)$/, '');
  return name.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'imported';
}
