import { placeOf } from './image-place.ts';
import type { PackageRepository } from './package-repository.ts';
import { resolvedBundle } from './resolved-bundle.ts';

/** Another PackageRepository of the namespace that offers the same Packages, so that only one of the two can work. */
export interface ConflictingRepository {
  readonly repository: PackageRepository;
  /** Its bundle is the same to the byte; else only the name of its repository is the same. */
  readonly certain: boolean;
  /** The Packages that both have with another content, by name; absent where nobody looked. */
  readonly packages?: readonly string[];
}

/**
 * Who would be in conflict with a new PackageRepository (reference/packaging-apis.md 3.4): relocations of one bundle to two places differ
 * always, because their Packages name two places.
 */
export function conflictingRepositories(
  wanted: { readonly namespace: string; readonly name: string; readonly image: string },
  repositories: readonly PackageRepository[],
): readonly ConflictingRepository[] {
  const place = placeOf(wanted.image);
  const isThere = ({ namespace, name }: PackageRepository): boolean =>
    namespace === wanted.namespace && name === wanted.name;
  // What is there already has its Packages, or its conflict.
  if (repositories.some(isThere)) return [];
  return repositories.flatMap((repository): readonly ConflictingRepository[] => {
    if (repository.namespace !== wanted.namespace) return [];
    if (repository.source.kind !== 'imgpkgBundle' || repository.deletedAt !== undefined) return [];
    const other = placeOf(repository.source.image);
    const digest = other.digest ?? resolvedBundle(repository.status?.fetch?.stdout)?.digest;
    const isSameBundle = place.digest !== undefined && place.digest === digest;
    if (isSameBundle) return other.repository === place.repository ? [] : [{ repository, certain: true }];
    return lastPart(other.repository) === lastPart(place.repository) ? [{ repository, certain: false }] : [];
  });
}

function lastPart(repository: string): string | undefined {
  return repository.split('/').at(-1);
}
