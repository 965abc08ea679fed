/** The destination of one or several images or bundles. */
export interface Location {
  /**
   * `repository`: this repository; `registry`: the same path at this registry; `parent`: below this path, by the last path
   * segment.
   */
  readonly kind: 'repository' | 'registry' | 'parent';
  /** host or host/path */
  readonly name: string;
}

/** Returns the destination, as registry/path, for a source repository with this path. */
export function repositoryAt({ kind, name }: Location, path: string): string {
  if (kind === 'repository') return name;
  return kind === 'registry' ? `${name}/${path}` : `${name}/${path.slice(path.lastIndexOf('/') + 1)}`;
}

/** Derives a valid repository name from a file name without its extension. */
export function repositoryForFile(file: string): string {
  const name = file.toLowerCase().replace(/(?:\.tar|(?:\.lock)?\.ya?ml)$/, '');
  return name.replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '') || 'imported';
}
