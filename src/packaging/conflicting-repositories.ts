import { placeOf } from './image-place.ts';
import type { PackageRepository } from './package-repository.ts';
import { resolvedBundle } from './resolved-bundle.ts';

/** Another PackageRepository in the namespace with the same Packages, so that only one of the two can work. */
export interface ConflictingRepository {
  readonly repository: PackageRepository;
  /** Whether the bundles are identical; otherwise only their repository names match. */
  readonly certain: boolean;
  /** Names of the Packages whose content differs; absent if unknown. */
  readonly packages?: readonly string[];
}

/**
 * The repositories that would conflict with a new PackageRepository. Relocations of one bundle to two places always do,
 * because their Packages reference different places (kapp-controller docs, "Packaging").
 */
export function conflictingRepositories(
  wanted: { readonly namespace: string; readonly name: string; readonly image: string },
  repositories: readonly PackageRepository[],
): readonly ConflictingRepository[] {
  const place = placeOf(wanted.image);
  const isThere = ({ namespace, name }: PackageRepository): boolean =>
    namespace === wanted.namespace && name === wanted.name;
  // An existing repository already has its Packages, or its conflict.
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
