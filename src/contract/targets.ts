/**
 * What a command is about: plain addresses, which tree nodes, quick picks, keybindings and tests can all give. A menu may
 * pass something else or null, so each has a guard.
 */
export interface RegistryTarget {
  /** host[:port] as in references */
  readonly registry: string;
}

export interface RepositoryTarget extends RegistryTarget {
  readonly path: string;
}

/** An image, index or bundle: the digest counts where both are given. */
export interface ImageTarget extends RepositoryTarget {
  readonly tag?: string;
  readonly digest?: string;
}

/** What a tarball holds is named by its digest alone. */
export interface DigestTarget {
  readonly digest: string;
}

/** An image, index or bundle in a tarball of this machine. */
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
