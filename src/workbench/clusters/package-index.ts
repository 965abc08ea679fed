import { compareTags } from '../../carvel/tag-order.ts';
import type { Package } from '../../packaging/package.ts';
import { repositoryKey } from './changed-nodes.ts';

const NONE: readonly Package[] = [];

/** The Packages of a snapshot in display order and by repository, computed once for each snapshot. */
export class PackageIndex {
  #of: readonly Package[] | undefined;
  #sorted: readonly Package[] = NONE;
  #byRepository = new Map<string, Package[]>();

  all(items: readonly Package[]): readonly Package[] {
    this.#update(items);
    return this.#sorted;
  }

  of(items: readonly Package[], repository: { namespace: string; name: string }): readonly Package[] {
    this.#update(items);
    return this.#byRepository.get(repositoryKey(repository)) ?? NONE;
  }

  #update(items: readonly Package[]): void {
    if (this.#of === items) return;
    this.#of = items;
    this.#sorted = items.toSorted(byNameAndVersion);
    this.#byRepository = Map.groupBy(
      this.#sorted.filter(({ repository }) => repository !== undefined),
      ({ repository }) => repositoryKey(repository as { namespace: string; name: string }),
    );
  }
}

/** The newest version of each Package comes first. */
function byNameAndVersion(a: Package, b: Package): number {
  if (a.refName !== b.refName) return a.refName < b.refName ? -1 : 1;
  return compareTags(a.version, b.version);
}
