/**
 * The targets of commands: plain data that tree nodes, quick picks, keybindings and tests can provide. Menus may pass
 * something else or null, so each type has a guard.
 */
export interface RegistryTarget {
  /** host[:port] as in references */
  readonly registry: string;
}

export interface RepositoryTarget extends RegistryTarget {
  readonly path: string;
}

/** An image, index or bundle. If both tag and digest are given, the digest applies. */
export interface ImageTarget extends RepositoryTarget {
  readonly tag?: string;
  readonly digest?: string;
}

/** An entry of a tarball, identified only by its digest. */
export interface DigestTarget {
  readonly digest: string;
}

/** An image, index or bundle in a local tarball. */
export interface TarballImageTarget extends DigestTarget {
  readonly fsPath: string;
}

export function isRegistryTarget(value: unknown): value is RegistryTarget {
  return has(value, 'registry');
}

export function isRepositoryTarget(value: unknown): value is RepositoryTarget {
  return has(value, 'registry') && has(value, 'path');
}

export function isImageTarget(value: unknown): value is ImageTarget {
  return isRepositoryTarget(value) && (has(value, 'tag') || has(value, 'digest'));
}

export function isTarballImageTarget(value: unknown): value is TarballImageTarget {
  return has(value, 'fsPath') && has(value, 'digest');
}

function has(value: unknown, name: string): boolean {
  return typeof (value as Record<string, unknown> | null | undefined)?.[name] === 'string';
}

/** A YAML document in an editor. */
export interface DocumentPlace {
  /** The URI of the document. */
  readonly uri: string;
  /** Any line of the YAML document, counted from zero. */
  readonly line: number;
}

export function isDocumentPlace(value: unknown): value is DocumentPlace {
  const { uri, line } = (value ?? {}) as Partial<DocumentPlace>;
  return typeof uri === 'string' && typeof line === 'number';
}
