/** A file's name without its ending, made one that a repository can have. */
export function repositoryForFile(file: string): string {
  const name = file.toLowerCase().replace(/(?:\.tar|(?:\.lock)?\.ya?ml)$/, '');
  return name.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'imported';
}
