import type { AirgapError } from '../base/errors.ts';
import { explainFailure } from './explain-failure.ts';
import { innerFailure, normalizeFailure } from './failure-text.ts';
import { defined } from '../base/json.ts';
import type { PackageRepository } from './package-repository.ts';
import { failedStage, runningStage } from './reconcile-stage.ts';
import type { ReconcileStage } from './reconcile-stage.ts';
import type { ReconcileStatus } from './reconcile-status.ts';
import { resolvedBundle } from './resolved-bundle.ts';
import type { ResolvedBundle } from './resolved-bundle.ts';
import { firstUndecodable, undecodableField } from './undecodable.ts';
import type { Undecodable } from './undecodable.ts';
import { parseGoDuration } from './go-duration.ts';

/** How prominently a state is shown. `quiet` is a state chosen by a user, such as paused. */
export type Severity = 'ok' | 'busy' | 'quiet' | 'warning' | 'error';

/** The state of a PackageRepository's reconciliation. Times are milliseconds since the epoch. */
export type ReconcileState = {
  readonly severity: Severity;
  /** When the state changes without any new event, because a stopped kapp-controller sends none. */
  readonly changesAt?: number;
} & (
  | {
      readonly kind: 'ready';
      readonly resolved?: ResolvedBundle;
      readonly syncedAt?: number;
      readonly nextSyncAt?: number;
      /** Whether the next sync is overdue. */
      readonly overdue: boolean;
    }
  | ({ readonly kind: 'failed'; readonly stage?: ReconcileStage; readonly failures: number } & Failure & {
        readonly failedAt?: number;
        readonly nextRetryAt?: number;
        /** Whether the next retry is overdue. */
        readonly overdue: boolean;
        /** What this attempt fetched before it failed. */
        readonly resolved?: ResolvedBundle;
      })
  | ({ readonly kind: 'reconciling'; readonly stage: ReconcileStage } & Wait)
  | ({ readonly kind: 'waiting' | 'pending' } & Wait)
  | {
      readonly kind: 'paused';
      readonly lastResult?: 'succeeded' | 'failed';
      readonly resolved?: ResolvedBundle;
    }
  | ({ readonly kind: 'deleting'; readonly finalizers: readonly string[] } & Wait)
  | ({ readonly kind: 'delete-failed' } & Failure)
  | { readonly kind: 'deletion-blocked' }
  /** kapp-controller cannot decode the object, and therefore sees no changes of any other. */
  | ({ readonly kind: 'undecodable' } & Pick<Undecodable, 'field' | 'value'>)
  /** kapp-controller does not see the change, because it cannot decode another object. */
  | { readonly kind: 'blocked'; readonly by: Undecodable }
);

export interface Wait {
  readonly since?: number;
  /** Whether it takes longer than normal. */
  readonly late: boolean;
}

export interface Failure {
  /** The cluster's message on one line, without the lead-in common to all errors. Untrusted: must be escaped. */
  readonly message: string;
  /** Meaning and remedy, if known. */
  readonly explanation?: AirgapError;
}

/**
 * Milliseconds after which a wait counts as late. kapp-controller processes PackageRepositories one after the other, so
 * some waits are long.
 */
export const LATE_AFTER = { pending: 30_000, waiting: 30_000, reconciling: 15 * 60_000, deleting: 5 * 60_000 } as const;

type Timed = Pick<ReconcileState, 'severity' | 'changesAt'>;

/**
 * Derives the state; the order of the checks matters.
 * @param now milliseconds since the epoch
 * @param all the known PackageRepositories of the cluster
 */
export function reconcileState(
  repository: PackageRepository,
  now: number,
  all: readonly PackageRepository[] = [],
): ReconcileState {
  const own = undecodableField(repository.syncPeriod);
  if (own !== undefined) return { kind: 'undecodable', severity: 'error', ...own };
  const state = ownState(repository, now);
  const by = isUnseen(state) ? firstUndecodable(all) : undefined;
  return by === undefined ? state : { kind: 'blocked', severity: 'error', by };
}

/** Whether kapp-controller has not processed the object yet. */
export function isUnseen({ kind }: ReconcileState): boolean {
  return kind === 'pending' || kind === 'waiting' || kind === 'deleting' || kind === 'blocked';
}

function ownState(repository: PackageRepository, now: number): ReconcileState {
  const { status, paused } = repository;
  const condition = status?.condition?.type;
  const deleted = repository.deletedAt !== undefined;
  if (deleted && paused) return { kind: 'deletion-blocked', severity: 'warning' };
  if (condition === 'DeleteFailed') {
    return { kind: 'delete-failed', severity: 'error', ...failure(status, repository) };
  }
  if (deleted || condition === 'Deleting') {
    return {
      kind: 'deleting',
      finalizers: repository.finalizers ?? [],
      ...wait('deleting', repository.deletedAt, now),
    };
  }
  if (paused) return { kind: 'paused', severity: 'quiet', ...lastResult(condition), ...lastResolved(status) };
  if (status === undefined) return pending(repository, now);
  if (status.observedGeneration !== repository.generation) {
    return { kind: 'waiting', ...wait('waiting', repository.changedAt, now) };
  }
  if (condition === 'Reconciling') {
    const since = lastSignAt(repository);
    return { kind: 'reconciling', stage: runningStage(status), ...wait('reconciling', since, now) };
  }
  if (condition === 'ReconcileFailed') return failedState(repository, status, now);
  return condition === 'ReconcileSucceeded' ? readyState(repository, status, now) : pending(repository, now);
}

function pending({ createdAt }: PackageRepository, now: number): ReconcileState {
  return { kind: 'pending', ...wait('pending', createdAt, now) };
}

function wait(kind: keyof typeof LATE_AFTER, since: number | undefined, now: number): Wait & Timed {
  const lateAt = since === undefined ? undefined : since + LATE_AFTER[kind];
  const late = lateAt !== undefined && now >= lateAt;
  return {
    late,
    severity: late ? 'warning' : 'busy',
    ...defined({ since, changesAt: late ? undefined : lateAt }),
  };
}

function lastResult(condition: string | undefined): { lastResult?: 'succeeded' | 'failed' } {
  if (condition === 'ReconcileSucceeded') return { lastResult: 'succeeded' };
  return condition === 'ReconcileFailed' ? { lastResult: 'failed' } : {};
}

function lastResolved(status: ReconcileStatus | undefined): { resolved?: ResolvedBundle } {
  return defined({ resolved: resolvedBundle(status?.fetch?.stdout) });
}

function readyState(repository: PackageRepository, status: ReconcileStatus, now: number): ReconcileState {
  const next = nextSyncAt(repository);
  const overdueAt = next === undefined ? undefined : next + overdueAfter(repository);
  const overdue = overdueAt !== undefined && now >= overdueAt;
  return {
    kind: 'ready',
    severity: overdue ? 'warning' : 'ok',
    overdue,
    ...lastResolved(status),
    ...defined({
      syncedAt: lastAttemptAt(repository),
      nextSyncAt: next,
      changesAt: overdue ? undefined : overdueAt,
    }),
  };
}

function failedState(repository: PackageRepository, status: ReconcileStatus, now: number): ReconcileState {
  const stage = failedStage(status);
  const failures = status.consecutiveFailures ?? 0;
  const next = nextRetryAt(repository, failures);
  const overdueAt = next === undefined ? undefined : next + overdueAfter(repository);
  const overdue = overdueAt !== undefined && now >= overdueAt;
  return {
    kind: 'failed',
    severity: 'error',
    failures,
    overdue,
    ...failure(status, repository),
    ...(stage === 'template' || stage === 'deploy' ? lastResolved(status) : {}),
    ...defined({
      stage,
      failedAt: lastAttemptAt(repository),
      nextRetryAt: next,
      changesAt: overdue ? undefined : overdueAt,
    }),
  };
}

function failure(status: ReconcileStatus | undefined, repository: PackageRepository): Failure {
  const text = status?.usefulErrorMessage ?? status?.condition?.message ?? status?.friendlyDescription ?? '';
  const normalized = normalizeFailure(text);
  return { message: innerFailure(normalized), ...defined({ explanation: explainFailure(normalized, repository) }) };
}

const DEFAULT_SYNC_PERIOD = 10 * 60_000;
const MIN_SYNC_PERIOD = 30_000;

/** Milliseconds between two syncs; kapp-controller uses 10m by default and at least 30s (pkg/pkgrepository). */
function syncPeriod(repository: PackageRepository): number {
  const period = repository.syncPeriod === undefined ? undefined : parseGoDuration(repository.syncPeriod);
  return Math.max(period ?? DEFAULT_SYNC_PERIOD, MIN_SYNC_PERIOD);
}

/** End of the last attempt: the newest `updatedAt` of the stages. */
function lastAttemptAt(repository: PackageRepository): number | undefined {
  const { fetch, template, deploy } = repository.status ?? {};
  const times = [fetch, template, deploy].map((stage) => stage?.updatedAt).filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Last time that kapp-controller is known to have worked on the object or to have been given work. */
function lastSignAt({ status, changedAt, createdAt }: PackageRepository): number | undefined {
  const { fetch, template, deploy } = status ?? {};
  const times = [
    changedAt,
    createdAt,
    ...[fetch, template, deploy].flatMap((each) => [each?.startedAt, each?.updatedAt]),
  ];
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/**
 * Milliseconds after which a due attempt counts as overdue, since kapp-controller processes one repository after the
 * other and clocks may differ.
 */
function overdueAfter(repository: PackageRepository): number {
  return Math.max(syncPeriod(repository), 30 * 60_000);
}

/**
 * When kapp-controller retries after `failures` failures in a row: 2^n seconds, at most the sync period
 * (pkg/reconciler).
 */
function nextRetryAt(repository: PackageRepository, failures: number): number | undefined {
  const last = lastAttemptAt(repository);
  return last === undefined ? undefined : last + Math.min(2 ** Math.max(failures, 1) * 1000, syncPeriod(repository));
}

/** When kapp-controller syncs again after a success; it adds or subtracts up to five seconds. */
function nextSyncAt(repository: PackageRepository): number | undefined {
  const last = lastAttemptAt(repository);
  return last === undefined ? undefined : last + syncPeriod(repository);
}
