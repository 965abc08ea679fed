import { canonicalImage } from './image-place.ts';
import type { Package } from './package.ts';
import type { PackageRepository } from './package-repository.ts';
import type { ConflictingRepository } from './conflicting-repositories.ts';

/** Identifies a Package in a cluster; each namespace has at most one of each. */
export interface PackageIdentity {
  /** `<refName>.<version>` */
  readonly name: string;
  /** The annotation `packaging.carvel.dev/revision`. */
  readonly revision?: string;
}

/** A Package that a bundle would create in a cluster. */
export interface ProvidedPackage extends PackageIdentity {
  /** The images that its App will fetch. */
  readonly images: readonly string[];
}

/**
 * The repositories of the namespace that own a Package with the same name but other content, which makes a new
 * repository fail as a whole (pkg/pkgrepository/app_template.go). A different revision avoids the conflict; Packages
 * that fetch the same images are considered identical.
 */
export function conflictsByPackages(
  wanted: { readonly namespace: string; readonly name: string },
  brought: readonly ProvidedPackage[],
  live: readonly Package[],
  repositories: readonly PackageRepository[],
): readonly ConflictingRepository[] {
  const known = new Map(brought.map((each) => [each.name, each]));
  const owned = live.filter(({ name, repository, revision, images }) => {
    const other = known.get(name);
    if (other === undefined || repository?.namespace !== wanted.namespace || repository.name === wanted.name)
      return false;
    return revision === other.revision && normal(images) !== normal(other.images);
  });
  return [...Map.groupBy(owned, ({ repository }) => repository?.name)].flatMap(
    ([name, packages]): readonly ConflictingRepository[] => {
      const repository = repositories.find((each) => each.namespace === wanted.namespace && each.name === name);
      return repository === undefined || repository.deletedAt !== undefined
        ? []
        : [{ repository, certain: true, packages: packages.map((each) => each.name) }];
    },
  );
}

function normal(images: readonly string[]): string {
  return images.map(canonicalImage).join('\n');
}
