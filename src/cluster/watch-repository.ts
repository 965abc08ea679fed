import { reconcileState } from '../packaging/reconcile-state.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { ApiClient } from './api-client.ts';
import type { ListingProblem, RepositoryObservation } from './api.ts';
import { listAndWatch } from './list-watch.ts';
import type { ListWatchSink } from './list-watch.ts';
import { REPOSITORY_RESOURCE } from './resources.ts';
import type { Timing } from './timing.ts';

/** Observes one PackageRepository; see ClusterSession.watchPackageRepository and reference/packaging-apis.md 4.4. */
export async function watchRepository(
  client: ApiClient,
  namespace: string,
  name: string,
  onState: (observation: RepositoryObservation) => void,
  timing: Timing,
  signal: AbortSignal,
): Promise<void> {
  let known: PackageRepository | undefined;
  let told: RepositoryObservation['kind'] | undefined;
  let fatal: ListingProblem | undefined;
  const tell = (observation: RepositoryObservation): void => {
    told = observation.kind;
    if (!signal.aborted) onState(observation);
  };
  const seen = (repository: PackageRepository | undefined): void => {
    known = repository;
    if (repository === undefined) tell({ kind: 'absent' });
    else tell({ kind: 'present', repository, state: reconcileState(repository, timing.now()) });
  };
  const sink: ListWatchSink<PackageRepository> = {
    replaced: (items) => seen(items[0]),
    changed: (item) => seen(item),
    removed: () => seen(undefined),
    watching: () => {
      if (told === 'unreachable') seen(known);
    },
    problem: (problem) => {
      if (problem.retryAt === undefined) fatal = problem;
      else tell({ kind: 'unreachable', problem });
    },
  };
  await listAndWatch(client, { resource: REPOSITORY_RESOURCE, namespace, name }, sink, timing, signal);
  if (fatal !== undefined && !signal.aborted) throw fatal.error;
}
