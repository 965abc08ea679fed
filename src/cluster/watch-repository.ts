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

/** Milliseconds. A change by time alone that is further away needs no timer: the next sync is reported earlier. */
const LONGEST_DELAY = 24 * 3_600_000;

/** Observes one PackageRepository; see ClusterSession.watchPackageRepository. */
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
  let turn = new AbortController();
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
    turn.abort();
    turn = new AbortController();
    const stop = AbortSignal.any([ended, turn.signal]);
    lookLater(repository, state, stop).catch((error: unknown) => broken.abort(error));
  };
  /**
   * Looks again later, because a state can change without an event: if kapp-controller does not run, or another object
   * stops it.
   */
  const lookLater = async (repository: PackageRepository, first: ReconcileState, stop: AbortSignal): Promise<void> => {
    let state = first;
    let others: readonly PackageRepository[] | undefined;
    let now = timing.now();
    for (;;) {
      const at = nextLook(state, now, others !== undefined);
      if (at === undefined || at - now >= LONGEST_DELAY) return;
      await delayed(timing, Math.max(0, at - timing.now()), stop);
      now = Math.max(at, timing.now());
      if (isUnseen(state) && !stop.aborted) others ??= await othersOf(client, namespace, stop);
      if (stop.aborted || known !== repository || told !== 'present') return;
      const before = state;
      state = reconcileState(repository, now, others);
      if (state.kind !== before.kind || state.severity !== before.severity)
        tell({ kind: 'present', repository, state });
    }
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

/**
 * When a state may have changed: by time alone, or because an object that kapp-controller has not processed yet may be
 * blocked by another one.
 */
function nextLook(state: ReconcileState, now: number, asked: boolean): number | undefined {
  const since = state.kind === 'pending' ? state.since : now;
  const askAt = since === undefined || asked || !isUnseen(state) ? undefined : since + LATE_AFTER.pending;
  const times = [state.changesAt, askAt].filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** The PackageRepositories that this user may list: one of them may be what blocks kapp-controller. */
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
