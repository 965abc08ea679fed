import { isAirgapError, causes } from '../base/errors.ts';
import { defined } from '../base/json.ts';
import type { CombinedPlan } from '../relocation/plan/combined-plan.ts';
import { isMoving } from '../relocation/plan/plan-summary.ts';
import type { PlanSummary } from '../relocation/plan/plan-summary.ts';
import type { SyncFile } from './sync-file.ts';
import type { SyncResult } from './sync-result.ts';

/** How many results have each state. */
export function countStates(results: readonly Pick<SyncResult, 'state'>[]): Record<SyncResult['state'], number> {
  const counts = { current: 0, outdated: 0, synced: 0, failed: 0, stopped: 0 };
  for (const { state } of results) counts[state]++;
  return counts;
}

/** What `sync --json` prints and `--report` writes. */
export function syncDocument(
  kind: 'SyncPlan' | 'SyncReport',
  { path, digest }: SyncFile,
  results: readonly SyncResult[],
  plan: CombinedPlan | undefined,
): object {
  return {
    kind,
    file: { path, digest },
    states: countStates(results),
    ...(plan === undefined ? {} : { totals: plan.totals }),
    results: results.map(resultDocument),
  };
}

function resultDocument({ plan, report, error, ...facts }: SyncResult): object {
  return {
    ...facts,
    ...(plan === undefined || report !== undefined ? {} : { plan: planDocument(plan) }),
    ...(report === undefined ? {} : { report: reportDocument(report) }),
    ...(error === undefined ? {} : { error: errorOf(error) }),
  };
}

function planDocument({ totals, tags, missing, policy, exact, warnings }: PlanSummary): object {
  return {
    totals,
    tags: tags.map((tag) => ({ ...tag, moves: isMoving(tag) })),
    missing,
    ...defined({ policy }),
    exact,
    warnings,
  };
}

function reportDocument(report: NonNullable<SyncResult['report']>): object {
  const { images, blobs, bytes, seconds, transferSeconds, tags, tagsNotSet, warnings, failed, policy } = report;
  const counts = { images, blobs, bytes, seconds, transferSeconds, tags, tagsNotSet };
  return { ...counts, ...defined({ policy }), warnings, failed };
}

function errorOf(error: Error): object {
  const [message = error.message, ...reasons] = causes(error);
  if (!isAirgapError(error)) return { message, causes: reasons };
  return { code: error.code, message, causes: reasons, ...defined({ remedy: error.remedy }) };
}
