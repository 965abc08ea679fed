import { LATE_AFTER, isUnseen, reconcileState } from '../packaging/reconcile-state.ts';
import type { ReconcileState } from '../packaging/reconcile-state.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { ApiClient } from './api-client.ts';
import type { ListingProblem, RepositoryObservation } from './api.ts';
import { listNamespaced } from './list.ts';
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
    const since = state.kind === 'pending' ? state.since : timing.now();
    if (since !== undefined && isUnseen(state)) {
      unseen(repository, state, since + LATE_AFTER).catch((error: unknown) => broken.abort(error));
    }
  };
  /** Time alone changes these states: nothing comes from a kapp-controller that does not run, or that another object stops. */
  const unseen = async (repository: PackageRepository, before: ReconcileState, at: number): Promise<void> => {
    const isKnown = (): boolean => known === repository && told === 'present' && !ended.aborted;
    await delayed(timing, Math.max(0, at - timing.now()), ended);
    if (!isKnown()) return;
    const all = await othersOf(client, namespace, ended);
    const state = reconcileState(repository, Math.max(at, timing.now()), all);
    const isNews = state.kind !== before.kind || state.severity !== before.severity;
    if (isNews && isKnown()) tell({ kind: 'present', repository, state });
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

/** What may be listed of all PackageRepositories: one of them may be what stops kapp-controller. */
async function othersOf(
  client: ApiClient,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly PackageRepository[]> {
  try {
    return await listNamespaced(client, REPOSITORY_RESOURCE, undefined, namespace, signal);
  } catch {
    return [];
  }
}
