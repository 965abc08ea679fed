import { LATE_AFTER, isUnseen, reconcileState } from '../packaging/reconcile-state.ts';
import type { ReconcileState } from '../packaging/reconcile-state.ts';
import type { PackageRepository } from '../packaging/package-repository.ts';
import type { ApiClient } from './api-client.ts';
import type { RepositoryObservation } from './api.ts';
import type { ListingProblem } from './actions-api.ts';
import { listNamespaced } from './list.ts';
import { listAndWatch } from './list-watch.ts';
import type { ListWatchSink } from './list-watch.ts';
import { REPOSITORY_RESOURCE } from './resources.ts';
import { delayed } from '../base/timing.ts';
import type { Timing } from '../base/timing.ts';

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
  const failure = new AbortController();
  const ended = AbortSignal.any([signal, failure.signal]);
  let current: PackageRepository | undefined;
  let reported: RepositoryObservation['kind'] | undefined;
  let fatal: ListingProblem | undefined;
  let timer = new AbortController();
  const report = (observation: RepositoryObservation): void => {
    reported = observation.kind;
    if (!ended.aborted) onState(observation);
  };
  const update = (repository: PackageRepository | undefined): void => {
    current = repository;
    if (repository === undefined) {
      report({ kind: 'absent' });
      return;
    }
    const state = reconcileState(repository, timing.now());
    report({ kind: 'present', repository, state });
    timer.abort();
    timer = new AbortController();
    const stop = AbortSignal.any([ended, timer.signal]);
    checkLater(repository, state, stop).catch((error: unknown) => failure.abort(error));
  };
  /**
   * Looks again later, because a state can change without an event: if kapp-controller does not run, or another object
   * stops it. Which object that is can change as well: it is corrected or deleted, and kapp-controller needs up to a
   * minute to notice.
   */
  const checkLater = async (repository: PackageRepository, first: ReconcileState, stop: AbortSignal): Promise<void> => {
    let state = first;
    let others: readonly PackageRepository[] | undefined;
    let now = timing.now();
    while (!stop.aborted) {
      const checkAt = nextCheck(state, now, others !== undefined);
      if (checkAt === undefined || checkAt - now >= LONGEST_DELAY) return;
      await delayed(timing, Math.max(0, checkAt - timing.now()), stop);
      now = Math.max(checkAt, timing.now());
      if (isUnseen(state) && !stop.aborted) others = (await listOthers(client, namespace, stop)) ?? others ?? [];
      if (stop.aborted || current !== repository || reported !== 'present') return;
      const before = state;
      state = reconcileState(repository, now, others);
      if (state.kind !== before.kind || state.severity !== before.severity)
        report({ kind: 'present', repository, state });
    }
  };
  const sink: ListWatchSink<PackageRepository> = {
    replaced: (items) => update(items[0]),
    changed: (item) => update(item),
    removed: () => update(undefined),
    watching: () => {
      if (reported === 'unreachable') update(current);
    },
    problem: (problem) => {
      if (problem.retryAt === undefined) fatal = problem;
      else report({ kind: 'unreachable', problem });
    },
  };
  await listAndWatch(client, { resource: REPOSITORY_RESOURCE, namespace, name }, sink, timing, ended);
  if (failure.signal.aborted) throw failure.signal.reason;
  if (fatal !== undefined && !signal.aborted) throw fatal.error;
}

/**
 * When a state may have changed: by time alone, or because an object that kapp-controller has not processed yet may be
 * blocked by another one, or no longer is.
 */
function nextCheck(state: ReconcileState, now: number, hasOthers: boolean): number | undefined {
  const since = state.kind === 'pending' && !hasOthers ? state.since : now;
  const listAt = since === undefined || !isUnseen(state) ? undefined : since + LATE_AFTER.pending;
  const times = [state.changesAt, listAt].filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * The PackageRepositories that this user may list: one of them may be what blocks kapp-controller. Undefined if they
 * could not be listed this time.
 */
async function listOthers(
  client: ApiClient,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly PackageRepository[] | undefined> {
  try {
    return await listNamespaced(client, REPOSITORY_RESOURCE, undefined, namespace, signal);
  } catch {
    return undefined;
  }
}
