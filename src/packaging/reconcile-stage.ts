import type { ReconcileStatus, StageStatus } from './reconcile-status.ts';

export type ReconcileStage = 'fetch' | 'template' | 'deploy';

/**
 * The stages of the current attempt: template and deploy belong to an older one if they ended before its fetch started.
 * Times have a resolution of one second, so equal times count as the same attempt.
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

/** The failed stage; undefined if no stage reports it, as after a failure before the fetch. */
export function failedStage(status: ReconcileStatus): ReconcileStage | undefined {
  const stages = presentStages(status);
  if (failed(stages.fetch)) return 'fetch';
  if (failed(stages.template)) return 'template';
  return failed(stages.deploy) ? 'deploy' : undefined;
}

/** The running stage while the condition is Reconciling. */
export function runningStage(status: ReconcileStatus): ReconcileStage {
  const { fetch, template, deploy } = presentStages(status);
  if (fetch === undefined || (fetch.startedAt ?? 0) > (fetch.updatedAt ?? 0)) return 'fetch';
  if (deploy !== undefined && deploy.finished !== true) return 'deploy';
  return template === undefined ? 'template' : 'deploy';
}

function failed(stage: StageStatus | undefined): boolean {
  return stage !== undefined && ((stage.exitCode ?? 0) !== 0 || stage.error !== undefined);
}
