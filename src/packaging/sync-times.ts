import { parseGoDuration } from './go-duration.ts';
import type { PackageRepository } from './package-repository.ts';

const DEFAULT_SYNC_PERIOD = 10 * 60_000;
const LEAST_SYNC_PERIOD = 30_000;

/** Milliseconds between two syncs; kapp-controller takes 10m where there is no period and at least 30s (reference 1.3). */
export function syncPeriod(repository: PackageRepository): number {
  const period = repository.syncPeriod === undefined ? undefined : parseGoDuration(repository.syncPeriod);
  return Math.max(period ?? DEFAULT_SYNC_PERIOD, LEAST_SYNC_PERIOD);
}

/** When the last attempt ended: the newest `updatedAt` of the stages (reference 4.1). */
export function lastAttemptAt(repository: PackageRepository): number | undefined {
  const { fetch, template, deploy } = repository.status ?? {};
  const times = [fetch, template, deploy].map((stage) => stage?.updatedAt).filter((at) => at !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** When kapp-controller is known to have worked on it, or to have been given work, last. */
export function lastSignAt({ status, changedAt, createdAt }: PackageRepository): number | undefined {
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
 * Milliseconds after which an attempt that was due is overdue. kapp-controller takes one repository after the other, and the clocks of the
 * cluster and of this machine may differ.
 */
export function overdueAfter(repository: PackageRepository): number {
  return Math.max(syncPeriod(repository), 30 * 60_000);
}

/** When kapp-controller tries again after `failures` failures in a row: 2^n seconds, at most the sync period (reference 4.1). */
export function nextRetryAt(repository: PackageRepository, failures: number): number | undefined {
  const last = lastAttemptAt(repository);
  return last === undefined ? undefined : last + Math.min(2 ** Math.max(failures, 1) * 1000, syncPeriod(repository));
}

/** When kapp-controller syncs again after a success; it adds or takes up to five seconds. */
export function nextSyncAt(repository: PackageRepository): number | undefined {
  const last = lastAttemptAt(repository);
  return last === undefined ? undefined : last + syncPeriod(repository);
}
