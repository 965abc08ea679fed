import type { Package } from './package.ts';
import type { PackageRepository } from './package-repository.ts';
import { reconcileFailure } from './failure-catalog.ts';
import type { ReconcileState } from './reconcile-state.ts';

/**
 * Name of the PackageRepository, in the same namespace, that owns the object a state is in conflict with; undefined if
 * the state is not a conflict or the Packages do not show the owner. kapp-controller only compares with objects of
 * other repositories (pkg/pkgrepository/app_template.go).
 */
export function conflictOwner(
  state: ReconcileState,
  { namespace, name }: Pick<PackageRepository, 'namespace' | 'name'>,
  packages: readonly Package[],
): string | undefined {
  if (state.kind !== 'failed' || !isConflict(state.explanation?.code)) return undefined;
  const [kind, object] = String(state.explanation?.args['object'] ?? '').split('/');
  // A PackageMetadata has the refName of its Packages and the same owner.
  const isMeant = (each: Package): boolean => (kind === 'Package' ? each.name : each.refName) === object;
  const owner = packages.find(
    (each) => isMeant(each) && each.repository?.namespace === namespace && each.repository.name !== name,
  );
  return owner?.repository?.name;
}

/**
 * Extends the explanation of a conflict with the other PackageRepository, or with the fact that it was deleted and left
 * its Packages behind.
 * @param repositories all repositories of the namespace; undefined if unknown, so that none can be reported as deleted
 */
export function withConflictOwner(
  state: ReconcileState,
  repository: Pick<PackageRepository, 'namespace' | 'name'>,
  packages: readonly Package[],
  repositories: readonly PackageRepository[] | undefined,
): ReconcileState {
  const owner = conflictOwner(state, repository, packages);
  if (state.kind !== 'failed' || owner === undefined || repositories === undefined) return state;
  const isThere = repositories.some((each) => each.namespace === repository.namespace && each.name === owner);
  const args = { ...state.explanation?.args, owner };
  return { ...state, explanation: reconcileFailure.of(isThere ? 'conflict-rival' : 'conflict-leftover', args) };
}

function isConflict(code: string | undefined): boolean {
  return code === 'reconcile.conflict' || code === 'reconcile.conflict-rival' || code === 'reconcile.conflict-leftover';
}
