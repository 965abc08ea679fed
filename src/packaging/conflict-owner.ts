import type { Package } from './package.ts';
import type { PackageRepository } from './package-repository.ts';
import { reconcileFailure } from './failure-catalog.ts';
import type { ReconcileState } from './reconcile-state.ts';

/**
 * The PackageRepository that made what a state is in conflict with, by name in the same namespace; undefined where the state is no conflict,
 * and where the Packages do not tell. kapp-controller compares only what another repository made (reference/packaging-apis.md 3.4).
 */
export function conflictOwner(
  state: ReconcileState,
  { namespace, name }: Pick<PackageRepository, 'namespace' | 'name'>,
  packages: readonly Package[],
): string | undefined {
  if (state.kind !== 'failed' || !isConflict(state.explanation?.code)) return undefined;
  const [kind, object] = String(state.explanation?.args['object'] ?? '').split('/');
  // A PackageMetadata has the name of its Packages, and their owner.
  const isMeant = (each: Package): boolean => (kind === 'Package' ? each.name : each.refName) === object;
  const owner = packages.find(
    (each) => isMeant(each) && each.repository?.namespace === namespace && each.repository.name !== name,
  );
  return owner?.repository?.name;
}

/**
 * The same state, where it is a conflict with its explanation naming the other PackageRepository, or saying that it is gone and has left its
 * Packages behind.
 *
 * @param repositories all of the namespace; undefined where they are not known, so that none can be said to be gone
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
