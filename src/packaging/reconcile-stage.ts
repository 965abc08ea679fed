import type { ReconcileStatus, StageStatus } from './reconcile-status.ts';

export type ReconcileStage = 'fetch' | 'template' | 'deploy';

/**
 * The stages that belong to the present attempt: template and deploy are left over from an older one when they ended before its
 * fetch began (reference/packaging-apis.md 4.1). Times have a second's resolution, so equal ones count as the same attempt.
 */
export function presentStages(status: ReconcileStatus): Readonly<Partial<Record<ReconcileStage, StageStatus>>> {
  const begin = status.fetch?.startedAt ?? Number.NEGATIVE_INFINITY;
  const { fetch, template, deploy } = status;
  return {
    ...(fetch && { fetch }),
    ...(template && (template.updatedAt ?? begin) >= begin && { template }),
    ...(deploy && (deploy.startedAt ?? deploy.updatedAt ?? begin) >= begin && { deploy }),
  };
}

/** The stage that failed; undefined when no stage says so, as after a failure before the fetch. */
export function failedStage(status: ReconcileStatus): ReconcileStage | undefined {
  const stages = presentStages(status);
  if (failed(stages.fetch)) return 'fetch';
  if (failed(stages.template)) return 'template';
  return failed(stages.deploy) ? 'deploy' : undefined;
}

/** The stage in work while the condition is Reconciling. */
export function runningStage(status: ReconcileStatus): ReconcileStage {
  const { fetch, template, deploy } = presentStages(status);
  if (fetch === undefined || (fetch.startedAt ?? 0) > (fetch.updatedAt ?? 0)) return 'fetch';
  if (deploy !== undefined && deploy.finished !== true) return 'deploy';
  return template === undefined ? 'template' : 'deploy';
}

function failed(stage: StageStatus | undefined): boolean {
  return stage !== undefined && ((stage.exitCode ?? 0) !== 0 || stage.error !== undefined);
}
