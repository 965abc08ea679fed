import { canonicalImage } from './image-place.ts';
import type { Package } from './package.ts';
import type { PackageRepository } from './package-repository.ts';
import type { ConflictingRepository } from './conflicting-repositories.ts';

/** Which Package it is, for the cluster: there is one of each in a namespace. */
export interface PackageIdentity {
  /** `<refName>.<version>` */
  readonly name: string;
  /** Its annotation `packaging.carvel.dev/revision`. */
  readonly revision?: string;
}

/** A Package that a bundle would bring into a cluster. */
export interface BroughtPackage extends PackageIdentity {
  /** What its App will fetch. */
  readonly images: readonly string[];
}

/**
 * The repositories of the namespace that own a Package of the same name with another content: with one of those a new repository fails
 * as a whole (reference/packaging-apis.md 3.4). Another revision settles it without a conflict; what fetches the same is taken for
 * identical.
 */
export function conflictsByPackages(
  wanted: { readonly namespace: string; readonly name: string },
  brought: readonly BroughtPackage[],
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
