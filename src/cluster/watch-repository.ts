import { LATE_AFTER, reconcileState } from '../packaging/reconcile-state.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { ApiClient } from './api-client.ts';
import type { ListingProblem, RepositoryObservation } from './api.ts';
import { listAndWatch } from './list-watch.ts';
import type { ListWatchSink } from './list-watch.ts';
import { REPOSITORY_RESOURCE } from './resources.ts';
import { delayed } from './timing.ts';
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
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  let known: PackageRepository | undefined;
  let told: RepositoryObservation['kind'] | undefined;
  let fatal: ListingProblem | undefined;
  const tell = (observation: RepositoryObservation): void => {
    told = observation.kind;
    if (!ended.aborted) onState(observation);
  };
  const seen = (repository: PackageRepository | undefined): void => {
    known = repository;
    if (repository === undefined) {
      tell({ kind: 'absent' });
      return;
    }
    const state = reconcileState(repository, timing.now());
    tell({ kind: 'present', repository, state });
    // Time alone changes this state: nothing comes from a kapp-controller that does not run.
    if (state.kind === 'pending' && !state.late && state.since !== undefined) {
      lateAt(repository, state.since + LATE_AFTER).catch((error: unknown) => broken.abort(error));
    }
  };
  const lateAt = async (repository: PackageRepository, at: number): Promise<void> => {
    await delayed(timing, at - timing.now(), ended);
    if (known === repository && told === 'present')
      tell({ kind: 'present', repository, state: reconcileState(repository, at) });
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
  await listAndWatch(client, { resource: REPOSITORY_RESOURCE, namespace, name }, sink, timing, ended);
  if (broken.signal.aborted) throw broken.signal.reason;
  if (fatal !== undefined && !signal.aborted) throw fatal.error;
}
