/** Where one thing, or several, are relocated to. */
export interface Location {
  /**
   * `repository`: that one; `registry`: there, each under the path it has; `parent`: each below it, by the last part of its
   * path.
   */
  readonly kind: 'repository' | 'registry' | 'parent';
  /** host, or host/path */
  readonly name: string;
}

/** registry/path for what has this path where it comes from. */
export function repositoryAt({ kind, name }: Location, path: string): string {
  if (kind === 'repository') return name;
  return kind === 'registry' ? `${name}/${path}` : `${name}/${path.slice(path.lastIndexOf('/') + 1)}`;
}
