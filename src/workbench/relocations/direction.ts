import type { RelocationRequest } from '../../relocation/request.ts';

/** What a person calls it: between registries, into a tarball, or out of one. */
export type Direction = 'relocation' | 'export' | 'import';

export function directionOf({ source, destination }: RelocationRequest): Direction {
  if (destination.kind === 'archive') return 'export';
  return source.kind === 'archive' ? 'import' : 'relocation';
}
