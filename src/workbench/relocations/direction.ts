import type { RelocationRequest } from '../../relocation/request.ts';

/** Between registries, to a tarball, or from a tarball. */
export type Direction = 'relocation' | 'export' | 'import';

export function directionOf({ source, destination }: RelocationRequest): Direction {
  if (destination.kind === 'archive') return 'export';
  return source.kind === 'archive' ? 'import' : 'relocation';
}
