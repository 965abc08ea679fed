import { isAbort, isAirgapError } from '../base/errors.ts';
import type { Digest } from '../oci/digest.ts';
import { refusal } from '../relocation/apply-policy.ts';
import type { PlannedRelocation } from '../relocation/engine.ts';
import type { FinishedReport } from '../relocation/job/job-results.ts';
import { hasWork } from '../relocation/plan/plan-summary.ts';
import type { PlanSummary } from '../relocation/plan/plan-summary.ts';
import type { RelocationReport } from '../relocation/report/report.ts';
import type { Resolution, ResolvedJob } from './resolve.ts';
import type { LockedEntry } from './sync-lock.ts';

/**
 * `current`: the destination has it; `outdated`: it would be copied; `synced`: it was copied; `stopped`: it was not copied
 * because the sync was stopped.
 */
export type SyncState = 'current' | 'outdated' | 'synced' | 'failed' | 'stopped';

/** What became of an entry at one of its destinations. */
export interface SyncResult {
  readonly entry: string;
  /** Line of the entry in the file, from 1. */
  readonly line: number;
  /** registry/path */
  readonly destination: string;
  readonly state: SyncState;
  /** The source as registry/path, with the tag that was named or selected. Absent if it could not be resolved. */
  readonly source?: string;
  readonly digest?: Digest;
  /** The tag at the destination. */
  readonly tag?: string;
  /** Absent if the lock and one request showed that nothing has changed. */
  readonly plan?: PlanSummary;
  readonly report?: FinishedReport & Pick<RelocationReport, 'policy'>;
  readonly error?: Error;
}

/** A resolved job with its open plan. */
export interface PlannedJob<Planned> {
  readonly job: ResolvedJob;
  readonly planned: Planned;
}

/** What a comparison has found out about a job. */
export type Compared<Planned> = PlannedJob<Planned> | SyncResult;

/** In mode `warn`, the policy is only reported. */
export function isOutdated(view: PlanSummary): boolean {
  const { policy, ...rest } = view;
  return hasWork(policy?.mode === 'warn' ? rest : view);
}

export function isPlanned<Planned>(each: Compared<Planned>): each is PlannedJob<Planned> {
  return 'planned' in each;
}

export function resultOf(each: Compared<PlannedRelocation>): SyncResult {
  if (!isPlanned(each)) return each;
  const { job, planned } = each;
  const error = planned.view.policy?.mode === 'enforce' ? refusal(planned.view) : undefined;
  if (error !== undefined) return { ...factsOf(job), state: 'failed', plan: planned.view, error };
  return { ...factsOf(job), state: 'outdated', plan: planned.view };
}

export function plansOf(results: readonly SyncResult[]): PlanSummary[] {
  return results.flatMap(({ plan }) => plan ?? []);
}

export function factsOf(job: Resolution): Omit<SyncResult, 'state'> {
  const { entry, destination } = job;
  const facts = { entry: entry.name, line: entry.line, destination };
  if ('error' in job) return facts;
  const { source, digest, tag } = job;
  return { ...facts, source, digest, ...(tag === undefined ? {} : { tag }) };
}

/** @throws anything that is not a failure of this entry alone */
export function failureOf(job: ResolvedJob, error: unknown, signal: AbortSignal): SyncResult {
  if (signal.aborted || isAbort(error) || !isAirgapError(error)) throw error;
  return { ...factsOf(job), state: 'failed', error };
}

export function lockedEntry(
  { entry, destination, source, digest, tag, fingerprint }: ResolvedJob,
  plan: PlanSummary,
): LockedEntry {
  const root = plan.root?.digest;
  return {
    name: entry.name,
    destination,
    source,
    digest,
    request: fingerprint,
    ...(root === undefined || root === digest ? {} : { subset: root }),
    ...(tag === undefined ? {} : { tag }),
  };
}
