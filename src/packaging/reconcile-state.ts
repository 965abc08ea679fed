import type { AirgapError } from '../base/errors.ts';
import { explainFailure } from './explain-failure.ts';
import { innerFailure, normaliseFailure } from './failure-text.ts';
import { defined } from './json.ts';
import type { PackageRepository } from './package-repository.ts';
import { failedStage, runningStage } from './reconcile-stage.ts';
import type { ReconcileStage } from './reconcile-stage.ts';
import type { ReconcileStatus } from './reconcile-status.ts';
import { resolvedBundle } from './resolved-bundle.ts';
import type { ResolvedBundle } from './resolved-bundle.ts';
import { lastAttemptAt, nextRetryAt, nextSyncAt } from './sync-times.ts';
import { firstUndecodable, undecodableField } from './undecodable.ts';
import type { Undecodable } from './undecodable.ts';

/** How loudly a state is shown. `quiet` is a state that someone chose, such as paused. */
export type Severity = 'ok' | 'busy' | 'quiet' | 'warning' | 'error';

/** What is known of a PackageRepository's reconciliation. Times are milliseconds since the epoch. */
export type ReconcileState = { readonly severity: Severity } & (
  | {
      readonly kind: 'ready';
      readonly resolved?: ResolvedBundle;
      readonly syncedAt?: number;
      readonly nextSyncAt?: number;
    }
  | ({ readonly kind: 'failed'; readonly stage?: ReconcileStage; readonly failures: number } & Failure & {
        readonly failedAt?: number;
        readonly nextRetryAt?: number;
        /** What this attempt fetched before it failed. */
        readonly resolved?: ResolvedBundle;
      })
  | { readonly kind: 'reconciling'; readonly stage: ReconcileStage }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'pending'; readonly since?: number; readonly late: boolean }
  | {
      readonly kind: 'paused';
      readonly lastResult?: 'succeeded' | 'failed';
      readonly resolved?: ResolvedBundle;
    }
  | { readonly kind: 'deleting' }
  | ({ readonly kind: 'delete-failed' } & Failure)
  | { readonly kind: 'deletion-blocked' }
  /** kapp-controller cannot decode the object, and for its sake sees no change of any other. */
  | ({ readonly kind: 'undecodable' } & Pick<Undecodable, 'field' | 'value'>)
  /** kapp-controller does not see its change, because it cannot decode another object. */
  | { readonly kind: 'blocked'; readonly by: Undecodable }
);

export interface Failure {
  /** On one line, as the cluster wrote it, without the lead-in that every such error has. Text from outside: escape it. */
  readonly message: string;
  /** What it means and what to do, where we know it. */
  readonly explanation?: AirgapError;
}

/** A new object that kapp-controller has not touched for so many milliseconds is worth a hint (`late`). */
export const LATE_AFTER = 30_000;

/**
 * Derives the state in the order of reference/packaging-apis.md 4.1.
 * @param now in milliseconds since the epoch
 * @param all the PackageRepositories of the cluster, as far as they are known
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

/** Whether a state lasts until kapp-controller sees the object. */
export function isUnseen({ kind }: ReconcileState): boolean {
  return kind === 'pending' || kind === 'waiting' || kind === 'deleting';
}

function ownState(repository: PackageRepository, now: number): ReconcileState {
  const { status, paused } = repository;
  const condition = status?.condition?.type;
  const deleted = repository.deletedAt !== undefined;
  if (deleted && paused) return { kind: 'deletion-blocked', severity: 'warning' };
  if (condition === 'DeleteFailed') {
    return { kind: 'delete-failed', severity: 'error', ...failure(status, repository) };
  }
  if (deleted || condition === 'Deleting') return { kind: 'deleting', severity: 'busy' };
  if (paused) return { kind: 'paused', severity: 'quiet', ...lastResult(condition), ...lastResolved(status) };
  if (status === undefined) return pending(repository, now);
  if (status.observedGeneration !== repository.generation) {
    return { kind: 'waiting', severity: 'busy' };
  }
  if (condition === 'Reconciling') {
    const stage = runningStage(status);
    return { kind: 'reconciling', severity: 'busy', stage };
  }
  if (condition === 'ReconcileFailed') return failedState(repository, status);
  return condition === 'ReconcileSucceeded' ? readyState(repository, status) : pending(repository, now);
}

function pending(repository: PackageRepository, now: number): ReconcileState {
  const since = repository.createdAt;
  const late = since !== undefined && now - since >= LATE_AFTER;
  return {
    kind: 'pending',
    severity: late ? 'warning' : 'busy',
    late,
    ...defined({ since }),
  };
}

function lastResult(condition: string | undefined): { lastResult?: 'succeeded' | 'failed' } {
  if (condition === 'ReconcileSucceeded') return { lastResult: 'succeeded' };
  return condition === 'ReconcileFailed' ? { lastResult: 'failed' } : {};
}

function lastResolved(status: ReconcileStatus | undefined): { resolved?: ResolvedBundle } {
  return defined({ resolved: resolvedBundle(status?.fetch?.stdout) });
}

function readyState(repository: PackageRepository, status: ReconcileStatus): ReconcileState {
  return {
    kind: 'ready',
    severity: 'ok',
    ...lastResolved(status),
    ...defined({
      syncedAt: lastAttemptAt(repository),
      nextSyncAt: nextSyncAt(repository),
    }),
  };
}

function failedState(repository: PackageRepository, status: ReconcileStatus): ReconcileState {
  const stage = failedStage(status);
  const failures = status.consecutiveFailures ?? 0;
  return {
    kind: 'failed',
    severity: 'error',
    failures,
    ...failure(status, repository),
    ...(stage === 'template' || stage === 'deploy' ? lastResolved(status) : {}),
    ...defined({ stage, failedAt: lastAttemptAt(repository), nextRetryAt: nextRetryAt(repository, failures) }),
  };
}

function failure(status: ReconcileStatus | undefined, repository: PackageRepository): Failure {
  const text = status?.usefulErrorMessage ?? status?.condition?.message ?? status?.friendlyDescription ?? '';
  const normalised = normaliseFailure(text);
  return { message: innerFailure(normalised), ...defined({ explanation: explainFailure(normalised, repository) }) };
}
